import CPenstockPlatform
public import Synchronization

/// A bounded single-producer single-consumer ring of elements, moved in contiguous spans.
///
/// Producer: `room`, `reserve`, write, `commit`. Consumer: `available`, `peek`, read, `release`.
/// Indexes count elements and never wrap; the slot next to them does. Each side keeps what it last
/// saw of the other's index and looks again only when that is not enough. The value is a plain view
/// of raw memory that its owner allocates and frees.
///
/// Layout of the control block (five lines of 128 bytes, since prefetchers fetch pairs of 64):
///   0    tail       written by the producer, read by the consumer
///   128  producer's own: cached head, slot, high water
///   256  head       written by the consumer, read by the producer
///   384  consumer's own: cached tail, slot
///   512  rarely written: closed (by the producer), abandoned (by the consumer), the two wakers,
///        limit
@frozen @usableFromInline package struct Ring: @unchecked Sendable {
    @usableFromInline let control: UnsafeMutableRawPointer
    @usableFromInline package let base: UnsafeMutableRawPointer
    @usableFromInline package let capacity: Int
    @usableFromInline package let stride: Int

    static let controlBytes = 640

    /// nil when memory is out or capacity times stride overflows.
    package init?(environment: Environment, capacity: Int, stride: Int, alignment: Int) {
        guard
            let control = environment.allocate(count: 1, size: Ring.controlBytes, alignment: 128)
        else { return nil }
        guard
            let base = environment.allocate(
                count: capacity, size: stride, alignment: max(alignment, 128))
        else {
            pstp_free(control, 1, Ring.controlBytes)
            return nil
        }
        self.control = control
        self.base = base
        self.capacity = capacity
        self.stride = stride
        limit = capacity
    }

    package func free() {
        pstp_free(base, capacity, stride)
        pstp_free(control, 1, Ring.controlBytes)
    }

    // MARK: - Fields

    @inlinable package var tail: UnsafeMutablePointer<Atomic<Int>> {
        control.assumingMemoryBound(to: Atomic<Int>.self)
    }
    @inlinable package var head: UnsafeMutablePointer<Atomic<Int>> {
        (control + 256).assumingMemoryBound(to: Atomic<Int>.self)
    }
    /// Producer's own: [0] cached head, [1] slot, [2] tail.
    @inlinable package var producer: UnsafeMutablePointer<Int> {
        (control + 128).assumingMemoryBound(to: Int.self)
    }
    /// Consumer's own: [0] cached tail, [1] slot, [2] head.
    @inlinable package var consumer: UnsafeMutablePointer<Int> {
        (control + 384).assumingMemoryBound(to: Int.self)
    }
    @inlinable package var closedFlag: UnsafeMutablePointer<Atomic<Bool>> {
        (control + 512).assumingMemoryBound(to: Atomic<Bool>.self)
    }
    @inlinable package var abandonedFlag: UnsafeMutablePointer<Atomic<Bool>> {
        (control + 513).assumingMemoryBound(to: Atomic<Bool>.self)
    }
    /// Who to signal after commit (the consumer's) and after release (the producer's). Set before
    /// the run starts.
    package var consumerWaker: Waker {
        @inlinable get { control.load(fromByteOffset: 528, as: Waker.self) }
        nonmutating set { control.storeBytes(of: newValue, toByteOffset: 528, as: Waker.self) }
    }
    package var producerWaker: Waker {
        @inlinable get { control.load(fromByteOffset: 536, as: Waker.self) }
        nonmutating set { control.storeBytes(of: newValue, toByteOffset: 536, as: Waker.self) }
    }

    /// How many elements may be under way, at most the capacity. Set by the producer; a hint for
    /// the consumer, hence relaxed.
    @inlinable package var limit: Int {
        get { limitField.pointee.load(ordering: .relaxed) }
        nonmutating set { limitField.pointee.store(newValue, ordering: .relaxed) }
    }
    @inlinable package var limitField: UnsafeMutablePointer<Atomic<Int>> {
        (control + 544).assumingMemoryBound(to: Atomic<Int>.self)
    }

    // MARK: - Producer

    /// Free elements, at least `want` if there are as many; looks at the consumer only if needed.
    @inlinable package func room(_ want: Int) -> Int {
        let own = producer
        let limit = limit
        var free = limit &- (own[2] &- own[0])
        if free < want {
            // acquiring: pairs with release(); the consumer is done with the slots
            own[0] = head.pointee.load(ordering: .acquiring)
            free = limit &- (own[2] &- own[0])
        }
        // A limit that shrank leaves more under way than it allows for a while.
        return max(free, 0)
    }

    /// Elements committed and not yet known to be consumed.
    @inlinable package var underWay: Int { producer[2] &- producer[0] }

    /// Of the free slots, how many stand in one piece from the write position on.
    @inlinable package func contiguousRoom(_ room: Int) -> Int {
        min(room, capacity &- producer[1])
    }

    @inlinable package var writePointer: UnsafeMutableRawPointer { base + producer[1] &* stride }

    /// Publishes the next `n` elements; the caller signals `consumerWaker` when it has done its
    /// bit.
    @inlinable package func commit(_ n: Int) {
        let own = producer
        var slot = own[1] &+ n
        if slot >= capacity { slot &-= capacity }
        own[1] = slot
        own[2] &+= n
        // releasing: pairs with the acquiring load in available(); the elements are written
        tail.pointee.store(own[2], ordering: .releasing)
    }

    /// Moves `n` elements in, over the end of the buffer if need be. There must be room.
    @inlinable package func write(_ elements: UnsafeRawPointer, _ n: Int) {
        let first = contiguousRoom(n)
        writePointer.copyMemory(from: elements, byteCount: first &* stride)
        if first < n {
            base.copyMemory(from: elements + first &* stride, byteCount: (n &- first) &* stride)
        }
        commit(n)
    }

    /// The stream has ended. Nothing may be committed after.
    package func close() {
        // releasing: pairs with isClosed; the last commit comes before it
        closedFlag.pointee.store(true, ordering: .releasing)
    }

    /// The consumer wants no more.
    @inlinable package var isAbandoned: Bool { abandonedFlag.pointee.load(ordering: .relaxed) }

    // MARK: - Consumer

    /// Elements to read, at least `want` if there are as many; looks at the producer only if
    /// needed.
    @inlinable package func available(_ want: Int) -> Int {
        let own = consumer
        var have = own[0] &- own[2]
        if have < want {
            // acquiring: pairs with commit()
            own[0] = tail.pointee.load(ordering: .acquiring)
            have = own[0] &- own[2]
        }
        return have
    }

    /// Of the elements to read, how many stand in one piece from the read position on.
    @inlinable package func contiguousAvailable(_ available: Int) -> Int {
        min(available, capacity &- consumer[1])
    }

    @inlinable package var readPointer: UnsafeMutableRawPointer { base + consumer[1] &* stride }

    /// Gives the slots of the next `n` elements back; they are consumed.
    @inlinable package func release(_ n: Int) {
        let own = consumer
        var slot = own[1] &+ n
        if slot >= capacity { slot &-= capacity }
        own[1] = slot
        own[2] &+= n
        // releasing: pairs with the acquiring load in room(); the elements have been read
        head.pointee.store(own[2], ordering: .releasing)
    }

    /// Copies the next `n` elements without consuming them. There must be as many.
    @inlinable package func copyOut(_ n: Int, to elements: UnsafeMutableRawPointer) {
        let first = contiguousAvailable(n)
        elements.copyMemory(from: readPointer, byteCount: first &* stride)
        if first < n {
            (elements + first &* stride).copyMemory(from: base, byteCount: (n &- first) &* stride)
        }
    }

    /// True once the producer has closed; then what `available` says next is all there will be.
    @inlinable package var isClosed: Bool { closedFlag.pointee.load(ordering: .acquiring) }

    /// Reads no more. The producer may see it late; what it still commits is destroyed at the end.
    package func abandon() { abandonedFlag.pointee.store(true, ordering: .relaxed) }

    // MARK: - Anyone

    /// A glance at the length from any thread.
    package var length: Int {
        let h = head.pointee.load(ordering: .relaxed)
        return max(0, min(capacity, tail.pointee.load(ordering: .relaxed) &- h))
    }

    /// Elements committed, and consumed, since the start.
    package var produced: Int { tail.pointee.load(ordering: .relaxed) }
    package var consumed: Int { head.pointee.load(ordering: .relaxed) }

    // MARK: - After both sides have stopped

    /// Gives what is left to `destroy`, span by span, and leaves the ring empty.
    package func drain(_ destroy: (UnsafeMutableRawPointer, Int) -> Void) {
        while true {
            let n = contiguousAvailable(available(capacity))
            if n == 0 { return }
            destroy(readPointer, n)
            release(n)
        }
    }
}

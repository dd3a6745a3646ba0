import CPenstockPlatform
import PenstockRuntime
import Synchronization

/// Flow control of one cycle: how many elements are inside. The entry merge admits new ones only
/// below the credit, so every channel inside has room for all of them and the cycle cannot
/// deadlock.
///
/// In raw memory. admitted: written by the merge's worker. left: added to by every member.
struct Loop {
    let memory: UnsafeMutableRawPointer
    static let byteCount = 384

    let credit: Int
    /// The members' workers, told when elements leave: the entry may admit more, and a member that
    /// waits for a full batch may learn that it has got the last. Set before the run starts.
    let wakers: UnsafeMutablePointer<Waker>
    var wakerCount = 0

    var admitted: UnsafeMutablePointer<Atomic<Int>> {
        memory.assumingMemoryBound(to: Atomic<Int>.self)
    }
    var left: UnsafeMutablePointer<Atomic<Int>> {
        (memory + 128).assumingMemoryBound(to: Atomic<Int>.self)
    }
    /// Nothing will enter from outside any more.
    var outsideEnded: UnsafeMutablePointer<Atomic<Bool>> {
        (memory + 256).assumingMemoryBound(to: Atomic<Bool>.self)
    }

    init?(environment: Environment, credit: Int, members: Int) {
        guard let memory = environment.allocate(count: 1, size: Loop.byteCount, alignment: 128)
        else { return nil }
        self.memory = memory
        self.credit = credit
        wakers = .allocate(capacity: members)
    }

    func free() {
        wakers.deallocate()
        pstp_free(memory, 1, Loop.byteCount)
    }

    /// Entry merge: how many elements are inside, at most. acquiring: pairs with leave(); what left
    /// has been dealt with.
    var inside: Int {
        admitted.pointee.load(ordering: .relaxed) &- left.pointee.load(ordering: .acquiring)
    }

    /// Entry merge.
    func admit(_ n: Int) {
        // relaxed: read by others only together with outsideEnded
        admitted.pointee.store(admitted.pointee.load(ordering: .relaxed) &+ n, ordering: .relaxed)
    }

    /// Any member, after it took `n` more elements out of the cycle than it put back.
    func leave(_ n: Int) {
        if n == 0 { return }
        // releasing: pairs with inside
        left.pointee.add(n, ordering: .releasing)
        signalMembers()
    }

    private func signalMembers() {
        for i in 0..<wakerCount { wakers[i].signal() }
    }

    /// A member that holds `mine` elements: are they all there will ever be? Then it need not wait
    /// for a full batch. acquiring: pairs with endOutside(), after which admitted is final.
    func holdsLast(_ mine: Int) -> Bool {
        outsideEnded.pointee.load(ordering: .acquiring) && inside == mine
    }

    /// Entry merge.
    func endOutside() {
        if outsideEnded.pointee.load(ordering: .relaxed) { return }
        // releasing: pairs with holdsLast; admitted is final
        outsideEnded.pointee.store(true, ordering: .releasing)
        signalMembers()
    }
}

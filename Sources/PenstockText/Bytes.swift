import CPenstockPlatform
package import PenstockDataflow
import Synchronization

/// As `pst_bytes`: a block of bytes with an owner.
package struct Bytes {
    package typealias Release = @convention(c) (UnsafeMutableRawPointer?) -> Void

    package var data: UnsafeRawPointer?
    package var size: Int
    package var owner: UnsafeMutableRawPointer?
    package var release: Release?

    @inline(__always)
    package init(
        data: UnsafeRawPointer?, size: Int, owner: UnsafeMutableRawPointer?, release: Release?
    ) {
        self.data = data
        self.size = size
        self.owner = owner
        self.release = release
    }

    /// Makes `count` copies in uninitialised memory: of what the library owns another reference, of
    /// other owners' bytes a copy with an owner of the library. False, with none made, when memory
    /// is out.
    package static func copy(
        _ from: UnsafePointer<Bytes>, _ to: UnsafeMutablePointer<Bytes>, _ count: Int
    ) -> Bool {
        let own = unsafeBitCast(Owner.release, to: Int.self)
        for i in 0..<count {
            let element = from[i]
            (to + i).initialize(to: element)
            guard let release = element.release else { continue }
            if unsafeBitCast(release, to: Int.self) == own, let owner = element.owner {
                Owner.hold(owner.assumingMemoryBound(to: Owner.self), 1)
                continue
            }
            guard let copy = SharedBytes.make(max(element.size, 0), shares: 1) else {
                Bytes.release(to, i)
                return false
            }
            if let data = element.data, element.size > 0 {
                copy.bytes.copyMemory(from: data, byteCount: element.size)
            }
            to[i].data = UnsafeRawPointer(copy.bytes)
            to[i].owner = copy.owner
            to[i].release = Owner.release
        }
        return true
    }

    /// Gives up `count` elements, neighbours of one owner together: those are as a rule most of a
    /// span, and cost one atomic operation then.
    package static func release(_ elements: UnsafePointer<Bytes>, _ count: Int) {
        let own = unsafeBitCast(Owner.release, to: Int.self)
        var i = 0
        while i < count {
            let owner = elements[i].owner
            guard let release = elements[i].release else {
                i &+= 1
                continue
            }
            if let owner, unsafeBitCast(release, to: Int.self) == own {
                var end = i &+ 1
                // One of the same owner that does not release it was given up before.
                while end < count, elements[end].owner == owner,
                    unsafeBitCast(elements[end].release, to: Int.self) == own
                { end &+= 1 }
                Owner.drop(owner.assumingMemoryBound(to: Owner.self), end &- i)
                i = end
            } else {
                release(owner)
                i &+= 1
            }
        }
    }
}

extension ElementType {
    package var isBytes: Bool {
        size == MemoryLayout<Bytes>.stride && alignment == MemoryLayout<Bytes>.alignment
            && name == "pst_bytes"
    }
}

/// The head of memory that several elements share: it is given up with the last of them.
struct Owner: ~Copyable {
    /// Held by its maker as well, until it has handed out what it wants to.
    let references: Atomic<Int>
    /// Frees it. Any thread.
    let end: @convention(c) (UnsafeMutableRawPointer) -> Void

    init(end: @escaping @convention(c) (UnsafeMutableRawPointer) -> Void) {
        references = Atomic(1)
        self.end = end
    }

    @inline(__always)
    static func hold(_ owner: UnsafeMutablePointer<Owner>, _ count: Int) {
        // relaxed: whoever holds on has hold of it already
        owner.pointee.references.wrappingAdd(count, ordering: .relaxed)
    }

    @inline(__always)
    static func drop(_ owner: UnsafeMutablePointer<Owner>, _ count: Int) {
        // releasing, acquiring: all use of the memory is before its end, which the last one causes
        let left = owner.pointee.references.wrappingSubtract(
            count, ordering: .acquiringAndReleasing
        ).newValue
        if left == 0 { owner.pointee.end(UnsafeMutableRawPointer(owner)) }
    }

    /// Makes an element's owner one that can be shared; false when memory is out. An element
    /// without `release` has none and needs none.
    static func adopt(_ element: UnsafeMutablePointer<Bytes>) -> Bool {
        guard let release = element.pointee.release,
            unsafeBitCast(release, to: Int.self) != unsafeBitCast(Owner.release, to: Int.self)
        else { return true }
        guard let memory = pstp_alloc(1, MemoryLayout<ForeignOwner>.size, 16) else { return false }
        let foreign = memory.bindMemory(to: ForeignOwner.self, capacity: 1)
        foreign.initialize(
            to: ForeignOwner(
                owner: Owner(end: ForeignOwner.end), releasee: element.pointee.owner,
                release: release))
        element.pointee.owner = memory
        element.pointee.release = Owner.release
        return true
    }

    /// What elements have as `release`.
    static let release: Bytes.Release = { owner in
        guard let owner else { return }
        Owner.drop(owner.assumingMemoryBound(to: Owner.self), 1)
    }
}

/// Stands for the owner of a block that the program made.
private struct ForeignOwner: ~Copyable {
    let owner: Owner
    let releasee: UnsafeMutableRawPointer?
    let release: Bytes.Release

    static let end: @convention(c) (UnsafeMutableRawPointer) -> Void = { owner in
        let foreign = owner.assumingMemoryBound(to: ForeignOwner.self)
        foreign.pointee.release(foreign.pointee.releasee)
        pstp_free(foreign, 1, MemoryLayout<ForeignOwner>.size)
    }

    init(
        owner: consuming Owner, releasee: UnsafeMutableRawPointer?,
        release: @escaping Bytes.Release
    ) {
        self.owner = owner
        self.releasee = releasee
        self.release = release
    }
}

import PenstockDataflow
import PenstockRuntime

/// What every element of a simulated graph begins with, whatever its type: enough to tell where it
/// came from, which way it took and who owns it.
struct Element {
    /// Who made it: a stage, or one of its replicas.
    var source: UInt32 = 0
    /// Its number there.
    var seq: UInt32 = 0
    /// Which of several outputs of one input, digit by digit; grows along a way as `seq` does.
    var sub: UInt64 = 0
    /// A hash of the way it took: stages, ports, and replicas where those keep no order. Elements
    /// of one way must stay in order. 0: it came through a place without any order.
    var path: UInt64 = 0
    /// The object it owns; 0: none.
    var id: UInt64 = 0
    /// The last stage that stamped it, and the port it left by: stage * 256 + port.
    var from: UInt32 = 0
    /// Rounds in a cycle.
    var rounds: UInt16 = 0
    /// How many elements a fold put into this one.
    var folded: UInt16 = 0

    static let size = MemoryLayout<Element>.size

    /// Different for different elements of one graph.
    var fingerprint: UInt64 {
        Random.mix(
            (UInt64(source) << 32 | UInt64(seq)) ^ Random.mix(sub ^ UInt64(rounds) << 48 ^ path))
    }

    /// The same for all copies of what one source made.
    var origin: UInt64 { UInt64(source) << 32 | UInt64(seq) }

    var key: UInt64 { UInt64(seq % 5) }
}

/// An element type: `Element` and some filling, with or without an owner's duties.
final class TestType: @unchecked Sendable {
    let size: Int
    let isTracked: Bool
    let type: ElementType

    init(size: Int, alignment: Int, isTracked: Bool, number: Int, ledger: Ledger) {
        self.size = size
        self.isTracked = isTracked
        type = ElementType(
            size: size, alignment: alignment, name: "type \(number)",
            destroy: isTracked ? TestType.destroy : nil, copy: isTracked ? TestType.copy : nil,
            user: Unmanaged.passUnretained(ledger.copies(of: size)).toOpaque())
    }

    func read(_ base: UnsafeRawPointer, _ i: Int) -> Element {
        base.load(fromByteOffset: i * size, as: Element.self)
    }

    func write(_ element: Element, _ base: UnsafeMutableRawPointer, _ i: Int) {
        base.storeBytes(of: element, toByteOffset: i * size, as: Element.self)
        for at in [Element.size, size - 1] where at >= Element.size && at < size {
            base.storeBytes(
                of: TestType.filling(element), toByteOffset: i * size + at, as: UInt8.self)
        }
    }

    /// Did the bytes behind the `Element` travel with it?
    func isWhole(_ base: UnsafeRawPointer, _ i: Int) -> Bool {
        let element = read(base, i)
        for at in [Element.size, size - 1] where at >= Element.size && at < size {
            if base.load(fromByteOffset: i * size + at, as: UInt8.self) != TestType.filling(element)
            {
                return false
            }
        }
        return true
    }

    /// Unchanged by what stages change in passing.
    private static func filling(_ element: Element) -> UInt8 {
        UInt8(truncatingIfNeeded: element.seq &* 7 &+ element.source)
    }

    private static let destroy: ElementType.Destroy = { elements, n, user in
        let copies = Unmanaged<Ledger.Copies>.fromOpaque(user!).takeUnretainedValue()
        for i in 0..<n {
            let at = elements! + i * copies.size
            copies.ledger.release(at.load(as: Element.self).id, "the engine")
            // What is given up twice or read afterwards is noticed.
            at.storeBytes(of: UInt64.max, toByteOffset: 0, as: UInt64.self)
        }
    }

    private static let copy: ElementType.Copy = { from, to, n, user in
        let copies = Unmanaged<Ledger.Copies>.fromOpaque(user!).takeUnretainedValue()
        if n > 0 && copies.ledger.copyFails() { return 1234 }
        for i in 0..<n {
            let at = i * copies.size
            (to! + at).copyMemory(from: from! + at, byteCount: copies.size)
            var element = (from! + at).load(as: Element.self)
            if element.id != 0 {
                copies.ledger.expectAlive(element.id, "copy")
                element.id = copies.ledger.create()
                (to! + at).storeBytes(of: element, as: Element.self)
            }
        }
        return 0
    }
}

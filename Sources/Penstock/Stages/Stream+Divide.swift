import PenstockDataflow
import PenstockRuntime

/// How a stream that feeds several stages divides its elements among them.
public enum Division: Sendable {
    /// Each gets every element (copies of it). The default.
    case broadcast
    /// One element to each in turn, in the order in which they were connected.
    case roundRobin
}

extension Stream {
    /// Says how the elements are divided among the stages that take from this stream.
    @discardableResult
    public func divided(_ division: Division) -> Self {
        distribute(division == .broadcast ? .broadcast : .roundRobin)
    }

    /// Elements with equal keys go to the same one of the stages that take from this stream.
    ///
    /// Keys are numbers, not `Hashable`, since the standard library's hashes differ from run to
    /// run; `stableHash` makes one of a text.
    @inlinable @discardableResult
    public func divided<Key: FixedWidthInteger & SendableMetatype>(
        byKey key: @escaping @Sendable (Element) -> Key
    ) -> Self {
        distribute(KeyBox(key))
    }

    @usableFromInline @discardableResult
    func distribute(_ box: KeyBox) -> Self {
        graph.contents.keys.append(box)
        return distribute(.key(box.key))
    }

    private func distribute(_ how: Distribution) -> Self {
        let stages = graph.core.description.stages.indices
        guard stages.contains(stageIndex) else { return self }
        graph.core.description.distribute(.init(stage: stageIndex, port: port), how)
        return self
    }
}

extension StageHandle {
    /// Runs so many copies of the stage, of which each gets all elements with the keys that fall to
    /// it. `Input` is what the stage takes. Results keep their order for equal keys only.
    @inlinable @discardableResult
    public func replicas<Input: SendableMetatype, Key: FixedWidthInteger & SendableMetatype>(
        _ count: Int, byKey key: @escaping @Sendable (Input) -> Key
    ) -> Self {
        graph.setReplicas(stageIndex, count, Input.self, KeyBox(key))
        return self
    }
}

extension StringProtocol {
    /// A number that is the same for equal texts in every run: FNV-1a over the UTF-8 bytes
    /// (G. Fowler, L. C. Noll, K.-P. Vo, 1991). Texts that are equal only canonically may differ.
    public var stableHash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}

/// What stands behind a key function's user pointer.
@usableFromInline final class KeyBox: Sendable {
    @usableFromInline let keys:
        @Sendable (UnsafeRawPointer, UnsafeMutablePointer<UInt64>, Int) -> Void

    @inlinable init<Input: SendableMetatype, Number: FixedWidthInteger & SendableMetatype>(
        _ key: @escaping @Sendable (Input) -> Number
    ) {
        keys = { input, keys, n in
            let from = input.assumingMemoryBound(to: Input.self)
            for i in 0..<n { keys[i] = UInt64(truncatingIfNeeded: key(from[i])) }
        }
    }

    var key: Key {
        Key(
            function: { input, keys, n, user in
                guard let input, let keys, let user else { return }
                Unmanaged<KeyBox>.fromOpaque(user)._withUnsafeGuaranteedRef {
                    $0.keys(input, keys, n)
                }
            }, user: Unmanaged.passUnretained(self).toOpaque())
    }
}

extension Graph {
    @usableFromInline
    func setReplicas<Input>(_ stage: Int, _ count: Int, _: Input.Type, _ box: KeyBox) {
        guard core.description.stages.indices.contains(stage) else { return }
        guard let taken = contents.inputTypes[stage], taken == Input.self else {
            let name = core.description.stages[stage].name
            core.description.fail(
                .typeMismatch, "stage '\(name)': its replicas' key is made of \(Input.self)")
            return
        }
        contents.keys.append(box)
        configure(stage) {
            $0.replicas = count
            $0.ordered = false
            $0.key = box.key
        }
    }
}

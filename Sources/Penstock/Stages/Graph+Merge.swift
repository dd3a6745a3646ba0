import PenstockDataflow
import PenstockRuntime

/// The order in which a merge takes from its inputs.
public enum MergeOrder: Sendable {
    /// As they come; in order for each input.
    case any
    /// One element of each in turn: the opposite of `Division.roundRobin`.
    case turns
}

extension Graph {
    /// Joins streams of one type.
    public func merge<Element>(
        _ streams: Stream<Element>..., order: MergeOrder = .any
    ) -> Stream<Element> {
        merge(streams, order: order)
    }

    /// Joins streams of one type.
    public func merge<Element>(
        _ streams: [Stream<Element>], order: MergeOrder = .any
    ) -> Stream<Element> {
        addMerge(streams, order == .any ? .any : .turns, nil)
    }

    /// Joins streams that are sorted already into one that is; of equal elements that of the first
    /// stream comes first.
    public func merge<Element>(
        _ streams: [Stream<Element>],
        by areInIncreasingOrder: @escaping @Sendable (Element, Element) -> Bool
    ) -> Stream<Element> {
        let box = ComparisonBox { a, b in
            let a = a.assumingMemoryBound(to: Element.self)
            let b = b.assumingMemoryBound(to: Element.self)
            if areInIncreasingOrder(a.pointee, b.pointee) { return -1 }
            return areInIncreasingOrder(b.pointee, a.pointee) ? 1 : 0
        }
        return addMerge(streams, .sorted(compareTrampoline), box)
    }

    private func addMerge<Element>(
        _ streams: [Stream<Element>], _ order: PenstockDataflow.MergeOrder, _ box: ComparisonBox?
    ) -> Stream<Element> {
        if streams.isEmpty { core.description.fail(.invalid, "a merge of no streams") }
        let type = PortType(Element.self)
        let stage = add(
            .merge(order), label: "merge", inputs: streams.map(\.erased), outputs: [type],
            user: box.map { Unmanaged.passUnretained($0).toOpaque() },
            keepAlive: Attachments(box, type.operations))
        return Stream(graph: self, stage: stage)
    }
}

/// Things that a stage keeps alive.
final class Attachments: @unchecked Sendable {
    private let objects: [AnyObject]
    init(_ objects: AnyObject?...) { self.objects = objects.compactMap { $0 } }
}

private final class ComparisonBox: Sendable {
    let compare: @Sendable (UnsafeRawPointer, UnsafeRawPointer) -> Int32
    init(_ compare: @escaping @Sendable (UnsafeRawPointer, UnsafeRawPointer) -> Int32) {
        self.compare = compare
    }
}

private let compareTrampoline: CompareFunction = { a, b, user in
    guard let a, let b, let user else { return 0 }
    return Unmanaged<ComparisonBox>.fromOpaque(user)._withUnsafeGuaranteedRef { $0.compare(a, b) }
}

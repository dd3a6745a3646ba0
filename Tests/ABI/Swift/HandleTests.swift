import CPenstock
import PenstockRuntime
import Testing

@testable import PenstockC

/// Handles against a model: a set of live ones and a list of dead ones, under random calls.
@Suite struct HandleTests {
    /// A handle has room for the number of its slot only so far.
    @Test func moreThanThereMayBe() throws {
        let table = HandleTable(mostSlots: 2)
        let object = Object()
        let first = try table.add(object, .operator)
        let second = try table.add(object, .packed)
        let failure = #expect(throws: Failure.self) { try table.add(object, .operator) }
        #expect(failure?.status == .noMemory)
        #expect(failure?.text == "there are 2 live handles already")
        table.remove(first, .operator)
        let third = try table.add(object, .operator)
        #expect(third != first && third != second)
        #expect(table.find(first, .operator) == nil && table.find(third, .operator) === object)
    }

    private final class Object {}

    @Test(arguments: 0..<20 as Range<UInt64>)
    func liveAndDead(seed: UInt64) {
        var random = SplitMix(state: seed)
        var live: [OpaquePointer] = []
        var dead: [OpaquePointer] = []
        for _ in 0..<500 {
            if live.isEmpty || random.next() % 2 == 0 {
                var graph: OpaquePointer?
                #expect(pst_graph_create("g", &graph) == PST_OK)
                guard let graph else { return }
                #expect(!live.contains(graph) && !dead.contains(graph), "a handle came back")
                live.append(graph)
            } else {
                let graph = live.remove(at: Int(random.next() % UInt64(live.count)))
                pst_graph_destroy(graph)
                dead.append(graph)
            }
            // Live ones say that they are empty, dead ones that they are dead, also destroyed
            // again.
            if let graph = live.randomElement(using: &random) {
                #expect(pst_graph_validate(graph) == PST_EINVAL)
            }
            if let graph = dead.randomElement(using: &random) {
                #expect(pst_graph_validate(graph) == PST_EHANDLE)
                pst_graph_destroy(graph)
            }
        }
        for graph in live { pst_graph_destroy(graph) }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

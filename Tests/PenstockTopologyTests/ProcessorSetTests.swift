import PenstockTopology
import Testing

@Suite struct ProcessorSetTests {
    @Test func listTextRoundTrips() {
        for text in ["", "0", "0-3,8", "63-64", "1,3,5", "0-127,200"] {
            let set = text.isEmpty ? ProcessorSet() : ProcessorSet(list: text)
            #expect(set?.description == text)
        }
    }

    @Test(arguments: ["x", "3-1", "-1", "1,,2", "1-2-3", "99999999", " 1"])
    func badListsAreRefused(text: String) {
        #expect(ProcessorSet(list: text) == nil)
    }

    @Test func setAlgebraAgreesWithSwiftSets() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let one = Set((0..<20).map { _ in Int.random(in: 0..<150, using: &random) })
            let two = Set((0..<20).map { _ in Int.random(in: 0..<150, using: &random) })
            let (a, b) = (ProcessorSet(one), ProcessorSet(two))
            #expect(Array(a.union(b)) == one.union(two).sorted())
            #expect(Array(a.intersection(b)) == one.intersection(two).sorted())
            #expect(Array(a.subtracting(b)) == one.subtracting(two).sorted())
            #expect(a.count == one.count && a.first == one.min())
            #expect(a.intersects(b) == !one.isDisjoint(with: two))
            #expect(a.intersection(b).isSubset(of: b))
            #expect(ProcessorSet(words: a.words + [0, 0]) == a)
        }
    }

    @Test func removingTheLastProcessorLeavesTheEmptySet() {
        var set = ProcessorSet([130])
        set.remove(130)
        #expect(set == ProcessorSet() && set.isEmpty && set.words.isEmpty)
        set.insert(-1)
        #expect(set.isEmpty && !set.contains(-1))
    }
}

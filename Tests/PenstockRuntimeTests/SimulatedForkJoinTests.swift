import PenstockRuntime
import Synchronization
import Testing

@Suite struct SimulatedForkJoinTests {
    private func engine(_ seed: Int, cores: Int = 4) throws -> Engine {
        try forkEngine(cores, executor: .simulated(seed: UInt64(seed), allocationFailure: 0))
    }

    /// Index and lane of each call of the body.
    private func course(_ engine: Engine, count: Int, threads: Int) -> [[Int]] {
        let tally = Tally(count: count, threads: threads)
        var course: [[Int]] = []
        tally.also = { index, lane in course.append([index, lane]) }
        // Lanes may be any on the caller's thread here: Tally's own check is of real threads.
        tally.call(engine)
        #expect(tally.isRight)
        return course
    }

    @Test func dependsOnTheSeedOnly() throws {
        var courses = Set<[[Int]]>()
        var lanes = Set<Int>()
        for seed in 0..<50 {
            let courseOfSeed = try (0..<2).map { _ in
                let engine = try engine(seed)
                defer { engine.stop() }
                return (0..<3).map { course(engine, count: 9 + $0, threads: 8) }
            }
            #expect(courseOfSeed[0] == courseOfSeed[1])
            for course in courseOfSeed[0] {
                courses.insert(course)
                lanes.formUnion(course.map { $0[1] })
            }
        }
        #expect(courses.count > 100)
        #expect(lanes == [0, 1, 2, 3])
    }

    /// What real threads cannot do does not happen: an index begins only when all but one thread's
    /// worth of those before it have been claimed.
    @Test func isPossible() throws {
        for seed in 0..<200 {
            let engine = try engine(seed, cores: 3)
            defer { engine.stop() }
            let course = course(engine, count: 30, threads: 3)
            #expect(course.map { $0[0] }.sorted() == Array(0..<30))
            for (ended, call) in course.enumerated() {
                // Before it ends all lower indices have been claimed, and at most two are under
                // way.
                #expect(call[0] <= ended + 2)
            }
        }
    }

    @Test func fewIndices() throws {
        let engine = try engine(1)
        defer { engine.stop() }
        #expect(course(engine, count: 0, threads: 4).isEmpty)
        #expect(course(engine, count: 1, threads: 4) == [[0, 0]])
        #expect(course(engine, count: 2, threads: 1) == [[0, 0], [1, 0]])
    }

    @Test func nested() throws {
        let engine = try engine(3)
        defer { engine.stop() }
        let outer = Tally(count: 20, threads: 4)
        outer.also = { [unowned outer] _, _ in
            let inner = Tally(count: 5, threads: 4)
            var order: [Int] = []
            inner.also = { index, lane in order.append(lane == 0 ? index : -1) }
            inner.call(engine)
            if order != Array(0..<5) { outer.wrong.add(1, ordering: .relaxed) }
        }
        outer.call(engine)
        #expect(outer.isRight)
    }
}

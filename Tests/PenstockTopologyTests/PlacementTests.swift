import PenstockTopology
import Testing

/// What particular requests must lead to.
@Suite struct PlacementTests {
    private let server = Fixtures.machine("package:2 l3:4 core:8 pu:2")

    private func chain(_ loads: [Double], traffic: Double = 1e8) -> PlacementRequest {
        PlacementRequest(
            tasks: loads.enumerated().map { TaskRequest(name: "t\($0.offset)", load: $0.element) },
            edges: loads.indices.dropFirst().map {
                EdgeRequest(from: $0 - 1, to: $0, traffic: traffic)
            })
    }

    private func plan(
        _ request: PlacementRequest, _ machine: Machine? = nil, quota: Double? = nil
    ) -> Placement {
        let machine = machine ?? server
        return Placement.plan(
            request, machine: machine, capacity: .all(of: machine, quota: quota))
    }

    @Test func talkersShareACache() {
        let plan = plan(chain([0.9, 0.9, 0.9, 0.9]))
        #expect(plan.workers.count == 4 && Set(plan.workers.map(\.domain)).count == 1)
        #expect(plan.spin && plan.warnings.isEmpty)
        #expect(plan.workers.allSatisfy { $0.pinWidth == .core && $0.binding.count == 1 })
    }

    @Test func heavyTrafficFusesLightTasks() {
        let plan = plan(chain([0.01, 0.01, 0.01], traffic: 5e9))
        #expect(plan.workers.count == 1 && plan.taskWorker == [0, 0, 0])
    }

    @Test func policiesPackAndSpread() {
        var request = chain([Double](repeating: 0.5, count: 8))
        request.policy = .close
        #expect(Set(plan(request).workers.map(\.domain)).count == 1)
        request.policy = .spread
        let spread = plan(request)
        #expect(Set(spread.workers.map(\.domain)).count == 8)
        request.policy = .none
        #expect(plan(request).workers.allSatisfy { $0.binding.isEmpty && $0.pinWidth == .none })
    }

    @Test func quotaWidensTheBindingAndStopsSpinning() {
        let limited = plan(chain([0.5, 0.5, 0.5]), quota: 2.5)
        #expect(limited.workers.count <= 2 && !limited.spin)
        for worker in limited.workers {
            #expect(worker.pinWidth == .group && worker.binding.count == 8)
        }
        let starved = plan(chain([0.5, 0.5]), quota: 0.5)
        #expect(starved.workers.count == 1 && starved.workers[0].pinWidth == .none)
        var asked = chain([0.5, 0.5])
        asked.pin = .numa
        #expect(plan(asked, quota: 2.5).workers.allSatisfy { $0.binding.count == 64 })
        asked.pin = .core
        asked.smt = .allow
        #expect(plan(asked).workers.allSatisfy { $0.binding.count == 2 })
    }

    @Test func heavyTasksKeepToPerformanceCores() {
        let hybrid = Fixtures.hybrid()
        let heavy = plan(chain([Double](repeating: 0.8, count: 8)), hybrid)
        #expect(heavy.workers.allSatisfy { hybrid.kinds[$0.kind].role == .performance })
        let light = plan(chain([Double](repeating: 0.2, count: 12)), hybrid)
        #expect(light.workers.contains { hybrid.kinds[$0.kind].role == .efficiency })
        let island = Fixtures.island()
        let crowd = plan(chain([Double](repeating: 0.2, count: 30)), island)
        #expect(crowd.workers.allSatisfy { island.kinds[$0.kind].role != .lowPower })
        let only = Capacity(machine: island, allowed: ProcessorSet([8, 9]), quota: nil)
        let forced = Placement.plan(chain([0.9]), machine: island, capacity: only)
        #expect(forced.workers.map(\.core) == [6])
    }

    @Test func blockingTasksTakeWhatWorkersLeave() {
        let hybrid = Fixtures.hybrid()
        var request = chain([0.5, 0.5, 0.1])
        request.tasks[0].kind = .blocking
        request.tasks[2].kind = .host
        let plan = plan(request, hybrid)
        #expect(plan.taskWorker == [nil, 0, nil])
        #expect(plan.blockingThreads.map(\.binding.description) == ["8-15"])
        let onServer = self.plan(request)
        let home = server.domains[onServer.workers[0].domain].processors
        #expect(onServer.blockingThreads[0].binding.isSubset(of: home))
        #expect(!onServer.blockingThreads[0].binding.intersects(onServer.workers[0].binding))
    }

    @Test func wishesAreMet() {
        var request = chain([0.5, 0.5, 0.5, 0.05, 0.05])
        request.tasks[0].on = "L3:3"
        request.tasks[2].exclusive = true
        request.tasks[4].near = 0
        let plan = plan(request)
        #expect(plan.warnings.isEmpty)
        let domains = plan.taskWorker.map { plan.workers[$0 ?? 0].domain }
        #expect(domains[0] == 3 && domains[4] == 3)
        #expect(plan.workers[plan.taskWorker[2] ?? 0].tasks == [2])
        #expect(plan.taskReasons[0].contains("on L3:3 as asked"))
    }

    @Test func impossibleWishesAreNamed() {
        var request = chain([0.5, 0.5, 0.5, 0.5])
        request.tasks[0].on = "L9:0"
        request.tasks[1].on = "core:63"
        request.tasks[2].near = 77
        request.tasks[3].near = 3
        request.edges.append(EdgeRequest(from: -1, to: 9))
        let small = Capacity(machine: server, allowed: ProcessorSet(0..<8), quota: nil)
        let plan = Placement.plan(request, machine: server, capacity: small)
        for name in ["t0", "t1", "t2", "t3", "edge 3"] {
            #expect(plan.warnings.contains { $0.contains(name) }, "\(name)")
        }
        #expect(plan.taskWorker.allSatisfy { $0 != nil })

        var crowd = chain([Double](repeating: 0.3, count: 6))
        for index in crowd.tasks.indices { crowd.tasks[index].exclusive = true }
        crowd.workerLimit = 3
        let shared = self.plan(crowd)
        #expect(shared.workers.count == 3 && shared.warnings.count == 4)
        #expect(shared.workers.map(\.tasks.count).sorted() == [1, 1, 4])
    }

    @Test func otherGraphsAreLeftAlone() {
        var request = chain([0.9, 0.9])
        request.existingLoad = server.cores.map { $0.domain < 7 ? 0.9 : 0 }
        #expect(plan(request).workers.allSatisfy { $0.domain == 7 })
        // Every core that the quota allows has a worker already: share them.
        request.existingLoad = server.cores.map { $0.index < 2 ? 0.1 : 0 }
        #expect(plan(request, quota: 2).workers.allSatisfy { $0.core < 2 })
    }

    @Test func replicasSpreadOverWorkers() {
        var request = PlacementRequest(
            tasks: (0..<4).map { TaskRequest(name: "r\($0)", load: 0.01, replicaGroup: 0) })
        #expect(plan(request).workers.count == 4)
        request.workerLimit = 2
        #expect(plan(request).workers.map(\.tasks.count) == [2, 2])
    }

    @Test func farNodesCostMore() {
        let cores = [XMLFixture.Object](repeating: .core(pus: 1), count: 1)
        let node = XMLFixture.Object.package([
            .node(bytes: 1 << 30, subtype: nil), .cache(level: 3, bytes: 1 << 20, ways: 16, cores),
        ])
        let machine = XMLFixture(
            objects: [node, node, node],
            distances: [10, 40, 20, 40, 10, 40, 20, 40, 10]
        ).load()
        let plan = plan(chain([0.9, 0.9], traffic: 1e8), machine)
        #expect(plan.workers.map(\.node) == [0, 2])
    }

    @Test func numbersThatMeanNothingAreNamed() {
        var request = chain([.nan, .infinity, -1, 0.5])
        request.edges[0].traffic = .nan
        request.edges[1].traffic = -.infinity
        request.edges[2].traffic = .infinity
        request.existingLoad = [.nan, -1, .infinity]
        let plan = plan(request)
        #expect(plan.warnings.count == 3 && plan.objective.isFinite)
        #expect(self.plan(PlacementRequest(tasks: [])).workers.isEmpty)
        let assignment: [Int?] = [0, 1]
        #expect(
            Placement.objective(
                of: assignment, request: request, machine: server, capacity: .all(of: server))
                == nil)
    }
}

/// A request resolved against machine and capacity: dense indexes, sane numbers, and what each task
/// may use. Slots are the allowed cores, performance cores first, in hwloc order.
struct PlanTables {
    /// Row by row, domain to domain; the diagonal is the distance of two cores inside.
    let domainDistance: [Double]
    let domainCount: Int

    // Slots.
    var slotCore: [Int] = []
    var slotDomain: [Int] = []
    var slotGroup: [Int] = []
    var slotSlowdown: [Double] = []
    /// What other graphs of the engine do there.
    var slotExisting: [Double] = []
    var slotIsBusy: [Bool] = []
    /// Idle slots with the same value are alike: same domain, L2 groups of the same size and
    /// without work of other graphs.
    var slotPlace: [Int] = []
    var placeKinds = 0
    /// L2 groups of the machine.
    let groupCount: Int

    // Tasks that workers run.
    var task: [Int] = []
    var names: [String] = []
    var load: [Double] = []
    var exclusive: [Bool] = []
    /// Replica group, numbered from 0; -1 for none.
    var replica: [Int] = []
    var replicaGroups = 0
    /// Eligibility class of each task, and for each class which slots it may use.
    var taskClass: [Int] = []
    var classAllows: [[Bool]] = []
    /// The same as lists.
    var classSlots: [[Int]] = []
    /// Whether a class comes from `on`, whose slots are not interchangeable with others.
    var classIsNamed: [Bool] = []

    // Edges, both ways, those of one task in a row.
    var edgeStart: [Int] = []
    var edgeTask: [Int] = []
    var edgeWeight: [Double] = []
    var edgeNear: [Double] = []
    /// Tasks in topological order as far as there is one, chains in a row.
    var order: [Int] = []

    /// How many slots may be used, and how many of those that no other graph uses.
    var limit = 1
    var freshLimit = 1
    var warnings: [String] = []

    var count: Int { task.count }
    var slots: Int { slotCore.count }
    /// The workers that could share the traffic's cost: the objective adds to the most loaded core
    /// what a core spends on traffic on average, not what the whole machine does, which would fuse
    /// large graphs onto a few overloaded cores.
    var sharers: Int { Swift.max(Swift.min(limit, count), 1) }

    init(_ request: PlacementRequest, machine: Machine, capacity: Capacity) {
        domainDistance = PlacementCost.distances(machine)
        domainCount = machine.domains.count
        groupCount = machine.l2Groups.count
        resolveSlots(request, machine, capacity)
        resolveTasks(request)
        resolveEdges(request)
        resolveEligibility(request, machine, capacity)
    }
}

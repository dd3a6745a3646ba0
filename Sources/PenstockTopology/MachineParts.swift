/// A cache on the way from a core to the machine, inner first.
struct CacheDraft {
    var identity: UInt
    var level: Int
    var bytes: Int
    var lineBytes: Int
    var associativity: Int
}

struct CoreDraft {
    var osIndex: Int
    var processors: [Int]
    var caches: [CacheDraft] = []
}

/// What a source says of a core kind, before its role is decided.
struct KindDraft {
    var efficiency: Int
    var processors: ProcessorSet
    var type = ""
    var megahertz = 0.0
    var capacity = 0.0

    mutating func describe(_ name: String, _ value: String) {
        switch name {
        case "CoreType": type = value
        case "FrequencyMaxMHz": megahertz = Double(value) ?? 0
        case "LinuxCapacity": capacity = Double(value) ?? 0
        default: break
        }
    }
}

/// The values of a `Machine` while they are put together; pure, so that tests can feed it.
struct MachineParts {
    var processors: [Machine.Processor] = []
    var cores: [Machine.Core] = []
    var l2Groups: [Machine.L2Group] = []
    var domains: [Machine.Domain] = []
    var nodes: [Machine.Node] = []
    var packages: [Machine.Package] = []
    var kindDrafts: [KindDraft] = []
    var kinds: [Machine.CoreKind] = []
    var nodeDistances: [Double]?
    var objects: [String: [ProcessorSet]] = [:]
}

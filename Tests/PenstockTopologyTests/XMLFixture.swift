internal import Glibc
import PenstockTopology

/// Writes hwloc XML (version 2) for machines that synthetic descriptions cannot say: hybrid kinds,
/// memoryless nodes, fast memory beside plain, NUMA distances.
struct XMLFixture {
    indirect enum Object {
        case package([Object])
        case cache(level: Int, bytes: Int, ways: Int, [Object])
        case core(pus: Int)
        /// Memory of the object it stands in; its place in the list does not matter.
        case node(bytes: Int, subtype: String?)
    }

    var objects: [Object]
    /// Type, forced efficiency, and the range of processors.
    var kinds: [(type: String, efficiency: Int, processors: ClosedRange<Int>)] = []
    /// Latencies, row by row.
    var distances: [Int] = []

    func load() -> Machine {
        let path = "/tmp/penstock-topology-\(getpid())-\(UInt64.random(in: 0 ... .max)).xml"
        defer { unlink(path) }
        writeFile(path, text)
        do {
            return try Machine.load(.xml(path: path))
        } catch {
            fatalError("\(error)\n\(text)")
        }
    }

    var text: String {
        var writer = Writer(nodes: 0..<Self.count(objects, isNode))
        let body = writer.objects(objects, inside: Array(writer.nodes.prefix(0)))
        let attributes = writer.sets(writer.processors, Array(writer.nodes), isRoot: true)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE topology SYSTEM "hwloc2.dtd">
            <topology version="2.0">
            <object type="Machine" os_index="0" \(attributes) gp_index="999999">
            \(body.text)</object>
            \(distanceText)\(kindText)</topology>

            """
    }

    private var distanceText: String {
        guard !distances.isEmpty else { return "" }
        let count = Int(Double(distances.count).squareRoot())
        let indexes = (0..<count).map(String.init).joined(separator: " ")
        let values = distances.map(String.init).joined(separator: " ")
        return """
            <distances2 type="NUMANode" nbobjs="\(count)" kind="5" name="NUMALatency" indexing="os">
            <indexes length="\(indexes.utf8.count + 1)">\(indexes) </indexes>
            <u64values length="\(values.utf8.count + 1)">\(values) </u64values>
            </distances2>

            """
    }

    private var kindText: String {
        kinds.map { kind in
            """
            <cpukind cpuset="\(Writer.mask(Array(kind.processors)))" \
            forced_efficiency="\(kind.efficiency)">
            <info name="CoreType" value="\(kind.type)"/>
            </cpukind>

            """
        }.joined()
    }

    private func isNode(_ object: Object) -> Bool {
        if case .node = object { return true }
        return false
    }

    private static func count(_ objects: [Object], _ match: (Object) -> Bool) -> Int {
        objects.reduce(0) { total, object in
            let inner =
                switch object {
                case .package(let list), .cache(_, _, _, let list): count(list, match)
                case .core, .node: 0
                }
            return total + inner + (match(object) ? 1 : 0)
        }
    }

    private struct Writer {
        let nodes: Range<Int>
        var processors: [Int] = []
        private var nextIndex = 0
        private var nextNode = 0
        private var nextPackage = 0
        private var nextCore = 0

        init(nodes: Range<Int>) { self.nodes = nodes }

        /// Text, processors and nodes of a list of siblings; `outer` are the nodes around them.
        mutating func objects(
            _ list: [Object], inside outer: [Int]
        ) -> (text: String, processors: [Int], nodes: [Int]) {
            let memory = list.filter { if case .node = $0 { true } else { false } }
            let own = memory.map { _ in
                defer { nextNode += 1 }
                return nextNode
            }
            var (text, set, local) = ("", [Int](), outer + own)
            for object in list {
                var part: (text: String, processors: [Int], nodes: [Int])
                switch object {
                case .node: continue
                case .core(let pus): part = core(pus, outer + own)
                case .package(let inner):
                    let index = nextPackage
                    nextPackage += 1
                    part = objects(inner, inside: outer + own)
                    part.text = element(
                        "type=\"Package\" os_index=\"\(index)\"", part.processors, part.nodes,
                        part.text)
                case .cache(let level, let bytes, let ways, let inner):
                    part = objects(inner, inside: outer + own)
                    part.text = element(
                        """
                        type="L\(level)Cache" cache_size="\(bytes)" depth="\(level)" \
                        cache_linesize="64" cache_associativity="\(ways)" \
                        cache_type="\(level == 1 ? 1 : 0)"
                        """, part.processors, part.nodes, part.text)
                }
                text += part.text
                set += part.processors
                local += part.nodes.filter { !local.contains($0) }
            }
            var memoryText = ""
            for (index, object) in zip(own, memory) {
                guard case .node(let bytes, let subtype) = object else { continue }
                let kind = subtype.map { " subtype=\"\($0)\"" } ?? ""
                memoryText += element(
                    "type=\"NUMANode\" os_index=\"\(index)\" local_memory=\"\(bytes)\"\(kind)", set,
                    [index], "")
            }
            return (memoryText + text, set, local)
        }

        private mutating func core(
            _ pus: Int, _ nodes: [Int]
        ) -> (text: String, processors: [Int], nodes: [Int]) {
            let index = nextCore
            nextCore += 1
            let mine = Array(processors.count..<processors.count + pus)
            processors += mine
            let inner = mine.map {
                element("type=\"PU\" os_index=\"\($0)\"", [$0], nodes, "")
            }.joined()
            let text = element("type=\"Core\" os_index=\"\(index)\"", mine, nodes, inner)
            return (text, mine, nodes)
        }

        private mutating func element(
            _ attributes: String, _ processors: [Int], _ nodes: [Int], _ inner: String
        ) -> String {
            nextIndex += 1
            return "<object \(attributes) \(sets(processors, nodes)) gp_index=\"\(nextIndex)\">\n"
                + "\(inner)</object>\n"
        }

        func sets(_ processors: [Int], _ nodes: [Int], isRoot: Bool = false) -> String {
            let (cpus, memory) = (Self.mask(processors), Self.mask(nodes))
            return "cpuset=\"\(cpus)\" complete_cpuset=\"\(cpus)\" "
                + "nodeset=\"\(memory)\" complete_nodeset=\"\(memory)\""
                + (isRoot ? " allowed_cpuset=\"\(cpus)\" allowed_nodeset=\"\(memory)\"" : "")
        }

        static func mask(_ bits: [Int]) -> String {
            var words = [UInt32](repeating: 0, count: (bits.max() ?? 0) / 32 + 1)
            for bit in bits { words[bit / 32] |= 1 << UInt32(bit % 32) }
            return words.reversed().map { word in
                let digits = String(word, radix: 16)
                return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
            }.joined(separator: ",")
        }
    }
}

func writeFile(_ path: String, _ text: String) {
    guard let file = fopen(path, "w") else { fatalError("cannot write \(path)") }
    fputs(text, file)
    fclose(file)
}

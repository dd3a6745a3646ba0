extension Placement {
    /// A picture of the plan: machine > package > node > domain > core, tasks inside the cores that
    /// work, the others grey. Self-contained: no script, no font, no style sheet of its own.
    ///
    /// On machines of more than 64 cores the idle cores of a domain share one box.
    package func svg(applied: [AppliedBinding] = []) -> String {
        var picture = PlacementPicture(self, threads(applied: applied))
        return picture.draw()
    }
}

/// Lays boxes out bottom-up: cores in rows inside a domain, everything above stacked.
private struct PlacementPicture {
    private struct Box {
        var title: String
        var detail: [String] = []
        var tooltip = ""
        var fill: String
        var children: [Box] = []
        /// Children side by side up to the column limit, or one below the other.
        var columns = 1
        var x = 0.0
        var y = 0.0
        var width = 0.0
        var height = 0.0
    }

    private static let textWidth = 7.0
    private static let lineHeight = 16.0
    private static let gap = 8.0
    private static let coreCharacters = 24
    private static let collapsedAbove = 64

    private let plan: Placement
    private let threads: [PlacementThread]
    private var machine: Machine { plan.machine }

    init(_ plan: Placement, _ threads: [PlacementThread]) {
        self.plan = plan
        self.threads = threads
    }

    mutating func draw() -> String {
        var root = Box(title: machine.title, detail: [plan.capacity.description], fill: "#ffffff")
        root.children = packages()
        let loose = threads.filter { $0.core == nil }
        if !loose.isEmpty {
            var box = Box(title: "blocking threads", fill: "#f4f0fa", columns: 6)
            box.children = loose.map { threadBox($0, title: $0.name, fill: "#e3d6f5") }
            root.children.append(box)
        }
        measure(&root)
        place(&root, x: Self.gap, y: Self.gap)
        let (width, height) = (root.width + 2 * Self.gap, root.height + 2 * Self.gap)
        var text =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(fixed(width, 0))\" "
            + "height=\"\(fixed(height, 0))\" viewBox=\"0 0 \(fixed(width, 0)) "
            + "\(fixed(height, 0))\" font-family=\"monospace\" font-size=\"11\">\n"
        write(root, &text)
        return text + "</svg>\n"
    }

    private func packages() -> [Box] {
        Set(machine.cores.map(\.package)).sorted().map { package in
            let inside = machine.cores.filter { $0.package == package }
            var box = Box(title: "package L#\(package)", fill: "#f7f7f2")
            box.children = Set(inside.map(\.node)).sorted().map { node in
                var box = Box(title: "NUMA node L#\(node)", fill: "#eef3ee")
                let domains = Set(inside.filter { $0.node == node }.map(\.domain)).sorted()
                box.columns = domains.count > 4 ? 3 : domains.count > 2 ? 2 : 1
                box.children = domains.map(domainBox)
                return box
            }
            return box
        }
    }

    private func domainBox(_ index: Int) -> Box {
        let domain = machine.domains[index]
        let size =
            domain.cacheBytes > 0 ? ", \(domain.level) \(byteText(Double(domain.cacheBytes)))" : ""
        let kind = machine.kinds.count > 1 ? ", \(machine.kinds[domain.kind].role.rawValue)" : ""
        var box = Box(title: "domain \(index)\(size)\(kind)", fill: "#e8eef6", columns: 4)
        var idle: [Int] = []
        for core in domain.cores {
            if let thread = threads.first(where: { $0.core == core }) {
                let processors = machine.cores[core].processorSet
                box.children.append(
                    threadBox(thread, title: "core L#\(core) P#\(processors)", fill: "#cfe8cf"))
            } else {
                idle.append(core)
            }
        }
        if machine.cores.count > Self.collapsedAbove {
            guard let first = idle.first, let last = idle.last else { return box }
            let range = idle.count == 1 ? "core L#\(first)" : "L#\(first) to L#\(last)"
            box.children.append(
                Box(title: "\(idle.count) idle", detail: [range], fill: "#e0e0e0"))
        } else {
            box.children += idle.map { core in
                let processors = machine.cores[core].processorSet
                return Box(title: "core L#\(core) P#\(processors)", fill: "#e0e0e0")
            }
        }
        return box
    }

    private func threadBox(_ thread: PlacementThread, title: String, fill: String) -> Box {
        let applied = thread.appliedText(isLive: machine.isLive)
        let names = plan.taskNames(thread.tasks).map(Placement.oneLine)
        // The box says what fits; the tooltip says everything.
        var lines = thread.core == nil ? [] : [thread.name]
        lines += names.prefix(6)
        if names.count > 6 { lines.append("and \(names.count - 6) more") }
        lines.append(applied)
        return Box(
            title: title, detail: lines,
            tooltip:
                "\(thread.name): \(names.joined(separator: ", ")). \(thread.reason). \(applied)",
            fill: fill)
    }

    private func measure(_ box: inout Box) {
        // Cut before measuring, so that text never leaves its box.
        let limit = box.children.isEmpty ? Self.coreCharacters : 120
        box.title = box.title.cut(toWidth: limit)
        box.detail = box.detail.map { $0.cut(toWidth: limit) }
        let longest = ([box.title] + box.detail).map(\.displayWidth).max() ?? 0
        box.width = Double(longest) * Self.textWidth + 2 * Self.gap
        if box.children.isEmpty {
            box.width = Double(Self.coreCharacters) * Self.textWidth + 2 * Self.gap
        }
        box.height = Self.header(box)
        for index in box.children.indices { measure(&box.children[index]) }
        for row in Self.rows(box) {
            let width = row.reduce(Self.gap) { $0 + box.children[$1].width + Self.gap }
            box.width = Swift.max(box.width, width)
            box.height += (row.map { box.children[$0].height }.max() ?? 0) + Self.gap
        }
    }

    private func place(_ box: inout Box, x: Double, y: Double) {
        (box.x, box.y) = (x, y)
        var top = y + Self.header(box)
        for row in Self.rows(box) {
            var left = x + Self.gap
            for index in row {
                place(&box.children[index], x: left, y: top)
                left += box.children[index].width + Self.gap
            }
            top += (row.map { box.children[$0].height }.max() ?? 0) + Self.gap
        }
    }

    private func write(_ box: Box, _ text: inout String) {
        text += "<g><rect x=\"\(fixed(box.x, 0))\" y=\"\(fixed(box.y, 0))\" "
        text += "width=\"\(fixed(box.width, 0))\" height=\"\(fixed(box.height, 0))\" rx=\"4\" "
        text += "fill=\"\(box.fill)\" stroke=\"#808080\"/>"
        if !box.tooltip.isEmpty { text += "<title>\(Self.escaped(box.tooltip))</title>" }
        for (line, words) in ([box.title] + box.detail).enumerated() {
            let y = box.y + Self.gap + Double(line) * Self.lineHeight + 11
            let weight = line == 0 ? " font-weight=\"bold\"" : ""
            text += "<text x=\"\(fixed(box.x + Self.gap, 0))\" y=\"\(fixed(y, 0))\"\(weight)>"
            text += Self.escaped(words) + "</text>"
        }
        text += "</g>\n"
        for child in box.children { write(child, &text) }
    }

    private static func header(_ box: Box) -> Double {
        gap + Double(1 + box.detail.count) * lineHeight + gap / 2
    }

    private static func rows(_ box: Box) -> [Range<Int>] {
        stride(from: 0, to: box.children.count, by: box.columns).map {
            $0..<Swift.min($0 + box.columns, box.children.count)
        }
    }

    /// XML forbids most control characters even when escaped.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

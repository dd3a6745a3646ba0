extension Placement {
    /// A table with a line for each thread, under a line for the capacity and one for the result.
    ///
    /// - Parameter applied: what became of the bindings: workers first, then blocking threads.
    package func text(applied: [AppliedBinding] = []) -> String {
        let header = [
            "thread", "tasks", "core", "domain", "node", "kind", "planned", "applied", "why",
        ]
        var rows = [header]
        for thread in threads(applied: applied) {
            let core = thread.core.map { machine.cores[$0] }
            rows.append([
                thread.name, taskNames(thread.tasks).map(Self.oneLine).joined(separator: ", "),
                core.map { "L#\($0.index)(P#\(Self.processorText(thread, $0)))" } ?? "-",
                thread.domain.map { "\($0) (\(machine.domains[$0].level))" } ?? "-",
                thread.domain.map { "\(machine.domains[$0].node)" } ?? "-",
                core.map { machine.kinds[$0.kind].role.rawValue } ?? "-", thread.plannedText,
                thread.appliedText(isLive: machine.isLive), Self.oneLine(thread.reason),
            ])
        }
        var lines = [capacity.description]
        lines += Self.aligned(rows)
        for task in request.tasks.indices where request.tasks[task].kind == .host {
            lines.append("host: \(Self.oneLine(request.tasks[task].name)) \(taskReasons[task])")
        }
        let idling = spin ? "idle workers spin briefly" : "no spinning"
        lines.append("objective \(fixed(objective, 3)), \(idling)")
        lines += warnings.map { "warning: \(Self.oneLine($0))" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The processor that the core's worker runs on, or all of them where it may choose.
    private static func processorText(
        _ thread: PlacementThread, _ core: Machine.Core
    ) -> ProcessorSet {
        let mine = core.processorSet.intersection(thread.planned)
        return mine.isEmpty ? core.processorSet : mine
    }

    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column < row.count - 1 else { break }
                line += String(repeating: " ", count: widths[column] - cell.displayWidth + 2)
            }
            return line
        }
    }

    /// Names come from users: a line break in one must not break the table.
    static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}

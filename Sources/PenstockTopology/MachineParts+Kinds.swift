extension MachineParts {
    /// Turns what the source says of core kinds into roles; a machine without kinds has one.
    mutating func buildKinds(all: ProcessorSet) {
        var rest = all
        for draft in kindDrafts {
            let present = draft.processors.intersection(all)
            guard !present.isEmpty else { continue }
            rest = rest.subtracting(present)
            kinds.append(
                Machine.CoreKind(
                    index: kinds.count, efficiency: draft.efficiency,
                    name: draft.type.isEmpty ? "kind \(kinds.count)" : draft.type,
                    role: role(of: draft), processors: present))
        }
        guard !rest.isEmpty else { return }
        kinds.append(
            Machine.CoreKind(
                index: kinds.count, efficiency: kinds.isEmpty ? 0 : -1, name: "core",
                role: .performance, processors: rest))
    }

    /// The core type decides where there is one. Else the kinds' own figures do: firmware that
    /// lets a few cores clock a little higher must not turn the others into efficiency cores, so
    /// only a clear gap (three quarters of the best) counts. A bare rank is taken at its word.
    private func role(of draft: KindDraft) -> Machine.Role {
        switch draft.type {
        case "IntelCore": return .performance
        case "IntelAtom": return .efficiency
        case "IntelLowPower": return .lowPower
        default: break
        }
        let capacity = kindDrafts.map(\.capacity).max() ?? 0
        if capacity > 0, draft.capacity > 0 {
            return draft.capacity < 0.75 * capacity ? .efficiency : .performance
        }
        let megahertz = kindDrafts.map(\.megahertz).max() ?? 0
        if megahertz > 0, draft.megahertz > 0 {
            return draft.megahertz < 0.75 * megahertz ? .efficiency : .performance
        }
        let best = kindDrafts.map(\.efficiency).max() ?? 0
        return draft.efficiency < best ? .efficiency : .performance
    }
}

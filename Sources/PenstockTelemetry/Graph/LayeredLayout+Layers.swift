extension LayeredLayout {
    /// One item per group, its members stacked in inner layers.
    mutating func formGroups() {
        itemOfNode = [Int](repeating: 0, count: nodes.count)
        innerLayer = itemOfNode
        innerCross = [Double](repeating: 0, count: nodes.count)
        var itemOfGroup: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            let item = itemOfGroup[node.group] ?? membersOfItem.count
            if item == membersOfItem.count {
                itemOfGroup[node.group] = item
                membersOfItem.append([])
            }
            membersOfItem[item].append(index)
            itemOfNode[index] = item
        }
        var inside = [[(from: Int, to: Int)]](repeating: [], count: membersOfItem.count)
        for edge in edges where !edge.isFeedback && itemOfNode[edge.from] == itemOfNode[edge.to] {
            inside[itemOfNode[edge.from]].append((edge.from, edge.to))
        }
        for (item, members) in membersOfItem.enumerated() {
            items.append(Item(size: 0))
            stack(members, item: item, edges: inside[item])
        }
    }

    private mutating func stack(_ members: [Int], item: Int, edges: [(from: Int, to: Int)]) {
        var position: [Int: Int] = [:]
        for (index, node) in members.enumerated() { position[node] = index }
        let arcs = edges.map { Arc(from: position[$0.from]!, to: position[$0.to]!, length: 1) }
        let layers = Self.longestPath(count: members.count, arcs: arcs)
        var rows = [[Int]](repeating: [], count: (layers.max() ?? 0) + 1)
        for (index, node) in members.enumerated() {
            innerLayer[node] = layers[index]
            rows[layers[index]].append(node)
        }
        let inner = separation * 0.6
        var size = 0.0
        for row in rows {
            let total = row.reduce(-inner) { $0 + nodes[$1].cross + inner }
            var cross = -total / 2
            for node in row {
                innerCross[node] = cross + nodes[node].cross / 2
                cross += nodes[node].cross + inner
            }
            size = max(size, total)
        }
        items[item].last = rows.count - 1
        items[item].size = size
        guard members.count > 1 else { return }
        items[item].size += inset.crossStart + inset.crossEnd
        // The outline's middle is not the members' middle when its two insets differ.
        let shift = (inset.crossStart - inset.crossEnd) / 2
        for node in members { innerCross[node] += shift }
    }

    /// Longest path over the items; then sources slide towards their consumers.
    mutating func assignLayers() {
        var arcs: [Arc] = []
        for edge in edges where !edge.isFeedback {
            let from = itemOfNode[edge.from]
            let to = itemOfNode[edge.to]
            guard from != to else { continue }
            let length = innerLayer[edge.from] + 1 - innerLayer[edge.to]
            arcs.append(Arc(from: from, to: to, length: length))
        }
        let start = Self.longestPath(count: items.count, arcs: arcs)
        for index in items.indices {
            items[index].last += start[index]
            items[index].first = start[index]
        }
        slideSources(arcs)
        // Sliding may have emptied the first layer.
        let lowest = items.map(\.first).min() ?? 0
        for index in items.indices {
            items[index].first -= lowest
            items[index].last -= lowest
        }
        layerCount = (items.map(\.last).max() ?? -1) + 1
    }

    /// A late source (a model, a second input of a merge) belongs beside the stage it feeds.
    private mutating func slideSources(_ arcs: [Arc]) {
        var hasInput = [Bool](repeating: false, count: items.count)
        var limit = [Int?](repeating: nil, count: items.count)
        for arc in arcs where items[arc.to].first >= items[arc.from].first + arc.length {
            hasInput[arc.to] = true
            let latest = items[arc.to].first - arc.length
            limit[arc.from] = min(limit[arc.from] ?? latest, latest)
        }
        for index in items.indices {
            guard !hasInput[index], let latest = limit[index] else { continue }
            items[index].last += latest - items[index].first
            items[index].first = latest
        }
    }

    struct Arc {
        var from: Int
        var to: Int
        var length: Int
    }

    /// Layers such that every arc outside cycles spans at least its length. Arcs that close a cycle
    /// (found by depth-first search in the given order) are left out; they will be drawn backwards.
    static func longestPath(count: Int, arcs: [Arc]) -> [Int] {
        var outgoing = [[Int]](repeating: [], count: count)
        for (index, arc) in arcs.enumerated() where arc.from != arc.to {
            outgoing[arc.from].append(index)
        }
        var hasInput = [Bool](repeating: false, count: count)
        for arc in arcs where arc.from != arc.to { hasInput[arc.to] = true }

        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: count)
        var order: [Int] = []
        var isDropped = [Bool](repeating: false, count: arcs.count)
        // True sources first: the arc that closes a cycle is then the one that points back.
        let roots = (0..<count).filter { !hasInput[$0] } + (0..<count).filter { hasInput[$0] }
        for root in roots where marks[root] == .new {
            // An explicit stack: a chain may be longer than a thread's stack allows.
            var stack: [(node: Int, next: Int)] = [(root, 0)]
            marks[root] = .open
            while let top = stack.last {
                guard top.next < outgoing[top.node].count else {
                    marks[top.node] = .done
                    order.append(top.node)
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let arc = outgoing[top.node][top.next]
                switch marks[arcs[arc].to] {
                case .new:
                    marks[arcs[arc].to] = .open
                    stack.append((arcs[arc].to, 0))
                case .open: isDropped[arc] = true
                case .done: break
                }
            }
        }
        var layers = [Int](repeating: 0, count: count)
        for node in order.reversed() {
            for arc in outgoing[node] where !isDropped[arc] {
                layers[arcs[arc].to] = max(layers[arcs[arc].to], layers[node] + arcs[arc].length)
            }
        }
        return layers
    }
}

extension LayeredLayout {
    /// Adds an item for the middle of every edge that passes at least one layer, and for the way
    /// back of every edge that runs backwards.
    mutating func formLanes() {
        laneOfEdge = [Int?](repeating: nil, count: edges.count)
        for (index, edge) in edges.enumerated() {
            let from = layer(of: edge.from)
            let to = layer(of: edge.to)
            if isBackward(edge) {
                laneOfEdge[index] = items.count
                let low = min(from, to)
                items.append(
                    Item(first: low, last: max(from, to), size: laneSize, isWayBack: true))
            } else if to > from + 1 {
                laneOfEdge[index] = items.count
                items.append(Item(first: from + 1, last: to - 1, size: laneSize))
            }
        }
    }

    private var laneSize: Double { 4 }

    /// The gap that two neighbours in a layer keep.
    private func gap(_ a: Int, _ b: Int) -> Double {
        let lanes = (a >= membersOfItem.count ? 1 : 0) + (b >= membersOfItem.count ? 1 : 0)
        return lanes == 2 ? 14 : lanes == 1 ? separation * 0.7 : separation
    }

    /// The same between their centres.
    private func room(_ a: Int, _ b: Int) -> Double {
        (items[a].size + items[b].size) / 2 + gap(a, b)
    }

    /// Crossing reduction: sweeps sort the items by the mean position of what they connect to, and
    /// the order with the fewest crossings wins; then the survivors are straightened.
    mutating func orderItems() {
        let placed = items.indices.filter { !isBackwardLane($0) }
        var order = placed.sorted { (items[$0].first, $0) < (items[$1].first, $1) }
        for (position, item) in order.enumerated() { items[item].center = Double(position) }
        compact(order)
        linkItems()
        var best = order
        var bestCost = cost()
        let sweeps = items.count > 1500 ? 6 : 24
        for sweep in 0..<sweeps where bestCost.crossings > 0 || sweep < 8 {
            sort(&order, backward: sweep % 2 == 0)
            relax(order, rounds: 3)
            linkItems()
            let cost = cost()
            if cost < bestCost {
                bestCost = cost
                best = order
            }
        }
        if items.count <= 120 { exchange(&best, from: bestCost) }
        for item in placed { items[item].center = 0 }
        compact(best)
        for _ in 0..<5 {
            linkItems()
            relax(best, rounds: 8)
        }
    }

    private func isBackwardLane(_ item: Int) -> Bool { items[item].isWayBack }

    private mutating func linkItems() {
        for index in items.indices { items[index].links.removeAll(keepingCapacity: true) }
        let ports = portOffsets()
        for (index, edge) in edges.enumerated() where !isBackward(edge) {
            let from = itemOfNode[edge.from]
            let to = itemOfNode[edge.to]
            let out = innerCross[edge.from] + ports.out[index]
            let into = innerCross[edge.to] + ports.into[index]
            if let lane = laneOfEdge[index] {
                link(from, out, lane, 0, weight: 0.6)
                link(lane, 0, to, into, weight: 0.6)
            } else if from != to {
                link(from, out, to, into, weight: 1)
            }
        }
    }

    private mutating func link(
        _ a: Int, _ aOffset: Double, _ b: Int, _ bOffset: Double, weight: Double
    ) {
        items[a].links.append(
            Link(
                other: b, offset: aOffset, otherOffset: bOffset, weight: weight, isBackward: false))
        items[b].links.append(
            Link(
                other: a, offset: bOffset, otherOffset: aOffset, weight: weight, isBackward: true))
    }

    /// The barycentre of the links that `take` accepts.
    private func wish(of item: Int, where take: (Link) -> Bool = { _ in true }) -> Double? {
        var sum = 0.0
        var weight = 0.0
        for link in items[item].links where take(link) {
            sum += (items[link.other].center + link.otherOffset - link.offset) * link.weight
            weight += link.weight
        }
        return weight > 0 ? sum / weight : nil
    }

    /// Sorts by wish, then places the items as near to their wishes as the order allows: the mean
    /// of a placement from the top and one from the bottom, both of which keep all distances.
    private mutating func sort(_ order: inout [Int], backward: Bool) {
        var wishes = [Double](repeating: 0, count: items.count)
        for item in order {
            wishes[item] =
                wish(of: item, where: { $0.isBackward == backward }) ?? items[item].center
        }
        var rank = [Int](repeating: 0, count: items.count)
        for (position, item) in order.enumerated() { rank[item] = position }
        order.sort { (wishes[$0], rank[$0]) < (wishes[$1], rank[$1]) }
        for item in order { items[item].center = wishes[item] }
        compact(order)
    }

    private mutating func compact(_ order: [Int]) {
        let down = pushed(order, sign: 1)
        let up = pushed(order.reversed(), sign: -1)
        for item in order { items[item].center = (down[item] + up[item]) / 2 }
    }

    private func pushed(_ order: [Int], sign: Double) -> [Double] {
        var last = [Int?](repeating: nil, count: layerCount)
        var centers = [Double](repeating: 0, count: items.count)
        for item in order {
            var center = items[item].center * sign
            for layer in items[item].first...items[item].last {
                if let other = last[layer] {
                    center = max(center, centers[other] + room(other, item))
                }
                last[layer] = item
            }
            centers[item] = center
        }
        return sign > 0 ? centers : centers.map { -$0 }
    }

    /// Repairs what barycentres cannot see: moves an item past its neighbour where that crosses
    /// less. Too slow for large graphs.
    private mutating func exchange(_ order: inout [Int], from cost: Cost) {
        var best = cost
        for _ in 0..<4 where best.crossings > 0 {
            let before = best.crossings
            let above = neighbours(order).above
            for item in order {
                for other in above[item] {
                    for movesUp in [true, false] {
                        var tried = order
                        let moved = movesUp ? item : other
                        tried.removeAll { $0 == moved }
                        let anchor = tried.firstIndex(of: movesUp ? other : item)!
                        tried.insert(moved, at: movesUp ? anchor : anchor + 1)
                        settle(tried)
                        let cost = self.cost()
                        guard cost.crossings < best.crossings else { continue }
                        best = cost
                        order = tried
                    }
                }
            }
            if best.crossings == before { break }
        }
    }

    private mutating func settle(_ order: [Int]) {
        for item in order { items[item].center = 0 }
        compact(order)
        relax(order, rounds: 4)
    }

    /// Who lies directly above and below every item, over all the layers that it spans.
    private func neighbours(_ order: [Int]) -> (above: [[Int]], below: [[Int]]) {
        var above = [[Int]](repeating: [], count: items.count)
        var below = above
        var last = [Int?](repeating: nil, count: layerCount)
        for item in order {
            for layer in items[item].first...items[item].last {
                if let other = last[layer], above[item].last != other {
                    above[item].append(other)
                    below[other].append(item)
                }
                last[layer] = item
            }
        }
        return (above, below)
    }

    /// Moves every item towards its wish as far as its neighbours allow, some rounds up and down,
    /// so that a row which wants to move as a whole can.
    private mutating func relax(_ order: [Int], rounds: Int) {
        let near = neighbours(order)
        for round in 0..<rounds {
            for position in order.indices {
                let item = order[round % 2 == 0 ? position : order.count - 1 - position]
                guard let wish = wish(of: item) else { continue }
                var low = -Double.infinity
                var high = Double.infinity
                for other in near.above[item] {
                    low = max(low, items[other].center + room(other, item))
                }
                for other in near.below[item] {
                    high = min(high, items[other].center - room(other, item))
                }
                if low <= high { items[item].center = min(max(wish, low), high) }
            }
        }
    }

    private struct Cost: Comparable {
        var crossings = 0
        var length = 0.0

        static func < (a: Cost, b: Cost) -> Bool {
            (a.crossings, a.length) < (b.crossings, b.length)
        }
    }

    private func cost() -> Cost {
        var cost = Cost()
        var pieces = [[(from: Double, to: Double)]](repeating: [], count: layerCount + 1)
        let ports = portOffsets()
        for (index, edge) in edges.enumerated() where !isBackward(edge) {
            let from =
                items[itemOfNode[edge.from]].center + innerCross[edge.from] + ports.out[index]
            let to = items[itemOfNode[edge.to]].center + innerCross[edge.to] + ports.into[index]
            if let lane = laneOfEdge[index] {
                pieces[layer(of: edge.from)].append((from, items[lane].center))
                pieces[items[lane].last].append((items[lane].center, to))
            } else {
                pieces[layer(of: edge.from)].append((from, to))
            }
        }
        // An edge that cuts through a fused segment is worse than one that crosses another edge.
        for item in membersOfItem.indices where items[item].last > items[item].first {
            let center = items[item].center
            for layer in items[item].first..<items[item].last {
                pieces[layer] += [(center, center), (center, center)]
            }
        }
        for gap in pieces {
            let sorted = gap.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
            // Every earlier edge that arrives later is crossed: an insertion sort that counts.
            var arrivals: [Double] = []
            for piece in sorted {
                var low = 0
                var high = arrivals.count
                while low < high {
                    let middle = (low + high) / 2
                    if arrivals[middle] <= piece.to { low = middle + 1 } else { high = middle }
                }
                cost.crossings += arrivals.count - low
                arrivals.insert(piece.to, at: low)
                cost.length += (piece.from - piece.to).magnitude
            }
        }
        return cost
    }

    /// Ways back run beneath everything they span, the short ones nested inside the long ones.
    mutating func placeBackwardLanes() {
        var bottom = [Double?](repeating: nil, count: layerCount)
        for item in items.indices where !isBackwardLane(item) {
            for layer in items[item].first...items[item].last {
                let edge = items[item].center + items[item].size / 2
                bottom[layer] = max(bottom[layer] ?? edge, edge)
            }
        }
        let lanes = items.indices.filter(isBackwardLane).sorted {
            (items[$0].last - items[$0].first, $0) < (items[$1].last - items[$1].first, $1)
        }
        for lane in lanes {
            let spanned = items[lane].first...items[lane].last
            let below = spanned.compactMap { bottom[$0] }.max() ?? 0
            items[lane].center = below + 22
            for layer in spanned { bottom[layer] = items[lane].center + items[lane].size / 2 }
        }
    }
}

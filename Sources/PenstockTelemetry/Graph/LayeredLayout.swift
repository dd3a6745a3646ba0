/// Where boxes and edges of a directed graph go, in abstract axes: `main` is the way data flows,
/// `cross` is perpendicular. The same layout draws left to right and top to bottom.
///
/// The method is Sugiyama's (layers by longest path, crossing reduction by barycentre), with one
/// change: everything that is drawn straight is one item that spans layers, be it a group of fused
/// nodes or the middle of a long edge. Items that share a layer never overlap in `cross`, so an
/// edge never runs through a box and a group's outline never holds a stranger.
package struct LayeredLayout: Sendable {
    package struct Node: Sendable {
        package var main: Double
        package var cross: Double
        /// Nodes of one group are drawn inside one outline. A group of one has no outline.
        package var group: Int

        package init(main: Double, cross: Double, group: Int) {
            self.main = main
            self.cross = cross
            self.group = group
        }
    }

    package struct Edge: Sendable {
        package var from: Int
        package var to: Int
        /// Drawn backwards even where the layers would allow forwards.
        package var isFeedback: Bool
        /// Room that the label needs between two layers.
        package var labelMain: Double

        package init(from: Int, to: Int, isFeedback: Bool = false, labelMain: Double = 0) {
            self.from = from
            self.to = to
            self.isFeedback = isFeedback
            self.labelMain = labelMain
        }
    }

    /// Room between a group's outline and its members.
    package struct Inset: Sendable {
        package var mainStart: Double
        package var mainEnd: Double
        package var crossStart: Double
        package var crossEnd: Double

        package init(
            mainStart: Double = 0, mainEnd: Double = 0, crossStart: Double = 0,
            crossEnd: Double = 0
        ) {
            self.mainStart = mainStart
            self.mainEnd = mainEnd
            self.crossStart = crossStart
            self.crossEnd = crossEnd
        }
    }

    package struct Box: Sendable {
        package var main: Double
        package var cross: Double
        package var mainSize: Double
        package var crossSize: Double
    }

    package struct Point: Sendable {
        package var main: Double
        package var cross: Double
    }

    /// An edge: a straight stub off its box, a curve, perhaps a straight lane and a second curve,
    /// and a stub onto the other box. `turns` marks an edge that runs backwards.
    package struct Route: Sendable {
        /// Start on the box, then where the first curve begins.
        package var start: [Point]
        /// The straight part past the boxes between, if any.
        package var lane: [Point]
        /// Where the last curve ends, then the end on the box.
        package var end: [Point]
        package var turns: Bool
    }

    let nodes: [Node]
    let edges: [Edge]
    let inset: Inset
    let minimumGap: Double
    let separation: Double

    // MARK: Results

    package private(set) var boxes: [Box] = []
    package private(set) var outlines: [Box] = []
    package private(set) var outlineGroups: [Int] = []
    package private(set) var routes: [Route] = []

    // MARK: Working state

    /// A group of nodes, or the lane of an edge that passes layers.
    struct Item: Sendable {
        var first = 0
        var last = 0
        var size: Double
        var isWayBack = false
        var center: Double = 0
        var links: [Link] = []
    }

    /// A wish of an item: its centre plus `offset` meets the other's centre plus `otherOffset`.
    struct Link: Sendable {
        var other: Int
        var offset: Double
        var otherOffset: Double
        var weight: Double
        /// Toward the side where data comes from.
        var isBackward: Bool
    }

    var items: [Item] = []
    var itemOfNode: [Int] = []
    var membersOfItem: [[Int]] = []
    /// The layer of a node inside its item, and its cross position from the item's centre.
    var innerLayer: [Int] = []
    var innerCross: [Double] = []
    var laneOfEdge: [Int?] = []
    var layerCount = 0
    private var layerStart: [Double] = []
    private var layerEnd: [Double] = []

    package init(
        nodes: [Node], edges: [Edge], inset: Inset = Inset(), minimumGap: Double = 44,
        separation: Double = 26
    ) {
        self.nodes = nodes
        self.edges = edges
        self.inset = inset
        self.minimumGap = minimumGap
        self.separation = separation
        guard !nodes.isEmpty else { return }
        formGroups()
        assignLayers()
        formLanes()
        orderItems()
        placeBackwardLanes()
        assignMain()
        placeBoxes()
        routeEdges()
    }

    package func layer(of node: Int) -> Int { items[itemOfNode[node]].first + innerLayer[node] }

    func isBackward(_ edge: Edge) -> Bool {
        edge.isFeedback || layer(of: edge.to) <= layer(of: edge.from)
    }

    // MARK: Main axis

    private mutating func assignMain() {
        var size = [Double](repeating: 0, count: layerCount)
        for index in nodes.indices {
            size[layer(of: index)] = max(size[layer(of: index)], nodes[index].main)
        }
        // Gap k lies before layer k.
        var label = [Double](repeating: 0, count: layerCount + 1)
        for edge in edges {
            // A label sits in the gap after its source; a feedback's label sits on its lane.
            let gap = layer(of: edge.from) + 1
            if !isBackward(edge) { label[gap] = max(label[gap], edge.labelMain) }
        }
        var before = [Double](repeating: 0, count: layerCount + 1)
        var after = before
        for (index, members) in membersOfItem.enumerated() where members.count > 1 {
            before[items[index].first] = inset.mainStart
            after[items[index].last + 1] = inset.mainEnd
        }
        var position = 0.0
        for layer in 0..<layerCount {
            let gap = max(minimumGap, label[layer] + 22) + before[layer] + after[layer]
            position += layer == 0 ? before[0] : gap
            layerStart.append(position)
            position += size[layer]
            layerEnd.append(position)
        }
    }

    private mutating func placeBoxes() {
        for (index, node) in nodes.enumerated() {
            let item = items[itemOfNode[index]]
            let layer = layer(of: index)
            let middle = (layerStart[layer] + layerEnd[layer]) / 2
            boxes.append(
                Box(
                    main: middle - node.main / 2,
                    cross: item.center + innerCross[index] - node.cross / 2,
                    mainSize: node.main, crossSize: node.cross))
        }
        for (index, members) in membersOfItem.enumerated() where members.count > 1 {
            let item = items[index]
            let start = layerStart[item.first] - inset.mainStart
            outlines.append(
                Box(
                    main: start, cross: item.center - item.size / 2,
                    mainSize: layerEnd[item.last] + inset.mainEnd - start, crossSize: item.size))
            outlineGroups.append(nodes[members[0]].group)
        }
    }

    // MARK: Edges

    private mutating func routeEdges() {
        let ports = portOffsets()
        for (index, edge) in edges.enumerated() {
            let from = boxes[edge.from]
            let to = boxes[edge.to]
            let out = from.cross + from.crossSize / 2 + ports.out[index]
            let into = to.cross + to.crossSize / 2 + ports.into[index]
            let fromLayer = layer(of: edge.from)
            let toLayer = layer(of: edge.to)
            var lane: [Point] = []
            let turns = isBackward(edge)
            if let item = laneOfEdge[index] {
                let cross = items[item].center
                let first = Point(main: layerStart[items[item].first], cross: cross)
                let last = Point(main: layerEnd[items[item].last], cross: cross)
                lane = turns ? [last, first] : [first, last]
            }
            routes.append(
                Route(
                    start: [
                        Point(main: from.main + from.mainSize, cross: out),
                        Point(main: layerEnd[fromLayer], cross: out),
                    ],
                    lane: lane,
                    end: [
                        Point(main: layerStart[toLayer], cross: into),
                        Point(main: to.main, cross: into),
                    ],
                    turns: turns))
        }
    }

    /// Where on the side of its box an edge leaves and arrives, from the middle of the side.
    func portOffsets() -> (out: [Double], into: [Double]) {
        var out = [Double](repeating: 0, count: edges.count)
        var into = out
        var outgoing = [[Int]](repeating: [], count: nodes.count)
        var incoming = outgoing
        for (index, edge) in edges.enumerated() {
            outgoing[edge.from].append(index)
            incoming[edge.to].append(index)
        }
        for node in nodes.indices {
            spread(outgoing[node], on: node, into: &out) { crossNext(to: $0, from: true) }
            spread(incoming[node], on: node, into: &into) { crossNext(to: $0, from: false) }
        }
        return (out, into)
    }

    /// Forward edges share the middle of the side; backward ones leave near the end where their
    /// lanes are, so that a feedback never bends the straight line of the chain it closes.
    private func spread(
        _ list: [Int], on node: Int, into offsets: inout [Double], by key: (Int) -> Double
    ) {
        let forward = list.filter { !isBackward(edges[$0]) }.map { (edge: $0, key: key($0)) }
            .sorted { ($0.key, $0.edge) < ($1.key, $1.edge) }
        let backward = list.filter { isBackward(edges[$0]) }
        let half = nodes[node].cross / 2
        let room = backward.isEmpty ? half * 0.8 : half * 0.4
        let step = min(16, forward.count > 1 ? 2 * room / Double(forward.count - 1) : 0)
        for (position, entry) in forward.enumerated() {
            offsets[entry.edge] = (Double(position) - Double(forward.count - 1) / 2) * step
        }
        let backStep = min(10, half * 0.3 / Double(max(1, backward.count)))
        for (position, edge) in backward.enumerated() {
            offsets[edge] = half * 0.78 - Double(position) * backStep
        }
    }

    /// The cross position of whatever the edge meets next after leaving a box.
    private func crossNext(to edge: Int, from isSource: Bool) -> Double {
        if let lane = laneOfEdge[edge] { return items[lane].center }
        let node = isSource ? edges[edge].to : edges[edge].from
        return items[itemOfNode[node]].center + innerCross[node]
    }
}

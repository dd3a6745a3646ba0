import PenstockRuntime

extension Station {
    /// A span that a callback looks at together with whoever has time.
    private struct Look {
        let station: Unmanaged<Station>
        let input: UnsafeRawPointer
        let looks: UnsafeMutablePointer<UInt8>
    }

    /// In scenarios that fork: every element of a span is seen by one of the engine's threads.
    func lookTogether(_ input: UnsafeRawPointer, _ n: Int) {
        guard let engine = forksOn else { return }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: n) { looks in
            looks.initialize(repeating: 0)
            var look = Look(
                station: .passUnretained(self), input: input, looks: looks.baseAddress!)
            engine.forkJoin(count: n, atMost: 1 + n % 5, context: &look) { context, index, lane in
                let look = context!.assumingMemoryBound(to: Look.self).pointee
                look.station.takeUnretainedValue().look(look.input, index, lane)
                look.looks[index] += 1
            }
            if looks.contains(where: { $0 != 1 }) {
                violation("not every element of \(n) was looked at once")
            }
        }
    }

    private func look(_ input: UnsafeRawPointer, _ i: Int, _ lane: Int) {
        if !inType!.isWhole(input, i) {
            violation("element \(i) of a span is torn in lane \(lane)")
        }
        ledger.noteFork(i, lane)
    }
}

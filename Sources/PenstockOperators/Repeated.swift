/// The same numbers for every element, whatever it is.
final class Repeated: Pass, @unchecked Sendable {
    private let values: Memory

    init(_ input: Layout, _ values: UnsafeRawPointer, _ output: Layout) throws(OperatorFault) {
        self.values = try Memory(output.bytes)
        self.values.base.copyMemory(from: values, byteCount: output.bytes)
        super.init(input, output)
    }

    override func run(
        _: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _: UInt64,
        _: UnsafeMutableRawPointer
    ) -> Int {
        guard n > 0 else { return 0 }
        // What is there already is copied behind itself, twice as much each time.
        let total = n &* output.bytes
        to.copyMemory(from: values.base, byteCount: output.bytes)
        var done = output.bytes
        while done < total {
            let size = min(done, total &- done)
            (to + done).copyMemory(from: to, byteCount: size)
            done &+= size
        }
        return n
    }
}

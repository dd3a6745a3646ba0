/// An operator that takes an element's number in the stream from the element itself, so that random
/// ones make the same of it wherever it is made.
final class Numbered: Pass, @unchecked Sendable {
    private let owner: Operator
    private let made: Uncounted<Operator>
    private let offset: Int

    init(_ made: Operator, _ offset: Int) throws(OperatorFault) {
        guard offset >= 0, made.input.bytes >= 8, offset <= made.input.bytes - 8 else {
            throw .invalid("there are no 8 bytes at offset \(offset) of \(made.input)")
        }
        owner = made
        self.made = Uncounted(made)
        self.offset = offset
        super.init(made.input, made.output, inner: made.nesting)
    }

    override var canFail: Bool { owner.canFail }
    override var complaint: StaticString { owner.complaint }

    override func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _: UInt64,
        _: UnsafeMutableRawPointer
    ) -> Int {
        for i in 0..<n {
            let element = from + i &* input.bytes
            let number = (element + offset).loadUnaligned(as: UInt64.self)
            let count = made.use { $0.apply(element, to + i &* output.bytes, 1, number) }
            if count < 1 { return count < 0 ? -1 : i }
        }
        return n
    }
}

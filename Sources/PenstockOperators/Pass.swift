/// A part of an operator that works on whole elements. Immutable; for any number of threads. A
/// class whose subclasses all have their own `run`, and not a protocol: `Unmanaged` takes no
/// existentials, and counted references would be slower than the work.
class Pass: @unchecked Sendable {
    let input: Layout
    let output: Layout
    /// How many passes stand in one another, this one included: so many calls of `run` nest.
    let nesting: Int
    /// What `run` needs; each call has its own.
    var scratchBytes: Int { 0 }
    /// Whether `run` may stop on an element, and then why.
    var canFail: Bool { false }
    var complaint: StaticString { "it failed" }

    /// `inner`: the nesting of the deepest pass that it calls.
    init(_ input: Layout, _ output: Layout, inner: Int = 0) {
        self.input = input
        self.output = output
        nesting = inner + 1
    }

    /// Makes `n` elements of as many; the first is number `first` of the stream. Returns n, or the
    /// index of the element on which it stopped: those before are made. -1: there was no memory.
    func run(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ n: Int, _ first: UInt64,
        _ scratch: UnsafeMutableRawPointer
    ) -> Int {
        fatalError("a pass says what it does")
    }

    /// One pass that does the work of this one and then of `next`, if there is such a pass.
    func joined(with next: Pass) throws(OperatorFault) -> Pass? { nil }
}

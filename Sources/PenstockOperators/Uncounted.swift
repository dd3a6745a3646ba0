/// An object that is used without counting references: what many threads count on one line is
/// slower than the work. Its owner keeps it alive.
struct Uncounted<Object: AnyObject>: @unchecked Sendable {
    private let reference: Unmanaged<Object>

    init(_ object: Object) { reference = Unmanaged.passUnretained(object) }

    var object: Object { reference.takeUnretainedValue() }

    @inline(__always)
    func use<R>(_ body: (Object) -> R) -> R { reference._withUnsafeGuaranteedRef(body) }
}

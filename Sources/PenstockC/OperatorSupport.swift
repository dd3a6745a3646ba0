import CPenstock
import PenstockOperators
import PenstockRuntime

/// An operator as C sees it, with the shapes that C may look at.
final class OperatorHandle: @unchecked Sendable {
    let made: Operator
    private let shapes: UnsafeMutablePointer<Int>

    init(_ made: Operator) {
        self.made = made
        shapes = .allocate(capacity: 2 * Layout.maximumRank)
        for (i, length) in made.input.shape.enumerated() { shapes[i] = length }
        for (i, length) in made.output.shape.enumerated() {
            shapes[Layout.maximumRank + i] = length
        }
    }

    deinit { shapes.deallocate() }

    var input: pst_layout { raw(made.input, shapes) }
    var output: pst_layout { raw(made.output, shapes + Layout.maximumRank) }

    private func raw(_ layout: Layout, _ shape: UnsafeMutablePointer<Int>) -> pst_layout {
        pst_layout(
            struct_size: MemoryLayout<pst_layout>.size,
            scalar: pst_scalar(rawValue: layout.scalar.rawValue), rank: UInt32(layout.shape.count),
            shape: layout.shape.isEmpty ? nil : UnsafePointer(shape))
    }
}

func `operator`(_ handle: OpaquePointer?, _ name: String) throws(Failure) -> OperatorHandle {
    guard let made = HandleTable.shared.find(handle, .operator) as? OperatorHandle else {
        throw Failure(.badHandle, "\(name) is \(handle == nil ? "NULL" : "not a live operator")")
    }
    return made
}

/// The body of a function that makes an operator.
func make(
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ function: String,
    _ body: () throws(Failure) -> Operator
) -> pst_status {
    attempt { () throws(Failure) in
        do throws(Failure) {
            let out = try required(out, "made")
            let made = OperatorHandle(try body())
            out.pointee = try HandleTable.shared.add(made, .operator)
        } catch {
            throw Failure(error.status, "\(function): \(error.text)")
        }
    }
}

/// The operator, or what its fault is to a C caller.
func checked(_ body: () throws(OperatorFault) -> Operator) throws(Failure) -> Operator {
    do throws(OperatorFault) {
        return try body()
    } catch {
        throw Failure(error == .outOfMemory ? .noMemory : .invalid, error.text)
    }
}

func scalar(_ given: pst_scalar, _ name: String) throws(Failure) -> Scalar {
    guard let scalar = Scalar(rawValue: given.rawValue) else {
        throw Failure(.invalid, "\(name) \(given.rawValue) is no pst_scalar")
    }
    return scalar
}

func binary(_ given: pst_binary) throws(Failure) -> Binary {
    guard let kind = Binary(rawValue: given.rawValue) else {
        throw Failure(.invalid, "kind \(given.rawValue) is no pst_binary")
    }
    return kind
}

func layout(_ given: UnsafePointer<pst_layout>?, _ name: String) throws(Failure) -> Layout {
    let given = try required(given, name)
    let none = pst_layout(struct_size: 0, scalar: PST_U8, rank: 0, shape: nil)
    let raw = try merged(given, over: none, name)
    guard raw.rank <= Layout.maximumRank else {
        throw Failure(.invalid, "\(name).rank \(raw.rank) is more than \(Layout.maximumRank)")
    }
    var shape: [Int] = []
    if raw.rank > 0 {
        let lengths = try required(raw.shape, "\(name).shape")
        for i in 0..<Int(raw.rank) { shape.append(Int(clamping: UInt(bitPattern: lengths[i]))) }
    }
    let scalar = try scalar(raw.scalar, "\(name).scalar")
    do throws(OperatorFault) {
        return try Layout(scalar, shape)
    } catch {
        throw Failure(.invalid, "\(name): \(error.text)")
    }
}

import CPenstockOperators
import Glibc
import PenstockRuntime

/// The inner loops for this processor; `PST_ISA=generic` takes those that every one has. Chosen
/// once.
struct Loops: @unchecked Sendable {
    /// Points at constant data in the C module.
    let table: UnsafePointer<psto_loops>

    static let chosen: Loops = {
        let isGeneric = getenv("PST_ISA").map { strcmp($0, "generic") == 0 } ?? false
        return Loops(table: psto_loops_chosen(isGeneric))
    }()

    func unary(_ kind: Unary, _ scalar: Scalar) throws(OperatorFault) -> psto_unary {
        if let loop = psto_unary_of(table, kind.rawValue, scalar.rawValue) { return loop }
        throw .invalid("there is no \(kind) of \(scalar)")
    }

    func binary(_ kind: Binary, _ scalar: Scalar) throws(OperatorFault) -> psto_binary {
        if let loop = psto_binary_of(table, kind.rawValue, scalar.rawValue) { return loop }
        throw .invalid("there is no \(kind) of \(scalar)")
    }

    func cast(_ from: Scalar, _ to: Scalar) -> psto_unary {
        psto_cast_of(table, from.rawValue, to.rawValue)
    }

    func select(_ scalar: Scalar) -> psto_select {
        psto_select_of(table, UInt32(scalar.bytes))
    }

    func strided(_ scalar: Scalar) -> psto_strided {
        psto_strided_of(table, UInt32(scalar.bytes))
    }
}

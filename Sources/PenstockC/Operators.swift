public import CPenstock
import PenstockOperators
import PenstockRuntime

@c @implementation
public func pst_operator_unary(
    _ input: UnsafePointer<pst_layout>!, _ kind: pst_unary,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_unary") { () throws(Failure) in
        let input = try layout(input, "input")
        guard let kind = Unary(rawValue: kind.rawValue) else {
            throw Failure(.invalid, "kind \(kind.rawValue) is no pst_unary")
        }
        return try checked { () throws(OperatorFault) in try .unary(input, kind) }
    }
}

@c @implementation
public func pst_operator_cast(
    _ input: UnsafePointer<pst_layout>!, _ to: pst_scalar,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_cast") { () throws(Failure) in
        let input = try layout(input, "input")
        let to = try scalar(to, "scalar")
        return try checked { () throws(OperatorFault) in try .cast(input, to) }
    }
}

@c @implementation
public func pst_operator_binary(
    _ input: UnsafePointer<pst_layout>!, _ kind: pst_binary, _ operand: UnsafeRawPointer!,
    _ shape: UnsafePointer<pst_layout>!, _ reversed: Bool,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_binary") { () throws(Failure) in
        let input = try layout(input, "input")
        let kind = try binary(kind)
        let operand = try required(operand, "operand")
        var lengths: [Int] = []
        if let shape {
            let given = try layout(shape, "layout")
            guard given.scalar == input.scalar else {
                throw Failure(
                    .invalid, "the operand is of \(given.scalar), and the input of \(input.scalar)")
            }
            lengths = given.shape
        }
        return try checked { () throws(OperatorFault) in
            try .binary(input, kind, operand, lengths, isReversed: reversed)
        }
    }
}

@c @implementation
public func pst_operator_combine(
    _ kind: pst_binary, _ left: OpaquePointer!, _ right: OpaquePointer!,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_combine") { () throws(Failure) in
        let kind = try binary(kind)
        let left = try `operator`(left, "left").made
        let right = try `operator`(right, "right").made
        return try checked { () throws(OperatorFault) in try .combine(kind, left, right) }
    }
}

@c @implementation
public func pst_operator_select(
    _ chosen: OpaquePointer!, _ left: OpaquePointer!, _ right: OpaquePointer!,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_select") { () throws(Failure) in
        let chosen = try `operator`(chosen, "chosen").made
        let left = try `operator`(left, "left").made
        let right = try `operator`(right, "right").made
        return try checked { () throws(OperatorFault) in try .select(chosen, left, right) }
    }
}

@c @implementation
public func pst_operator_normalise(
    _ input: UnsafePointer<pst_layout>!, _ mean: UnsafePointer<Float>!,
    _ deviation: UnsafePointer<Float>!, _ count: Int,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_normalise") { () throws(Failure) in
        let input = try layout(input, "input")
        let mean = try required(mean, "mean")
        let deviation = try required(deviation, "deviation")
        return try checked { () throws(OperatorFault) in
            try .normalise(input, mean, deviation, length(count))
        }
    }
}

@c @implementation
public func pst_operator_constant(
    _ input: UnsafePointer<pst_layout>!, _ operand: UnsafeRawPointer!,
    _ shape: UnsafePointer<pst_layout>!, _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_constant") { () throws(Failure) in
        let input = try layout(input, "input")
        let operand = try required(operand, "operand")
        let output = try layout(shape, "layout")
        return try checked { () throws(OperatorFault) in try .constant(input, operand, output) }
    }
}

@c @implementation
public func pst_operator_arrange(
    _ input: UnsafePointer<pst_layout>!, _ output: UnsafePointer<pst_layout>!,
    _ strides: UnsafePointer<Int>!, _ offset: Int, _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_arrange") { () throws(Failure) in
        let input = try layout(input, "input")
        let output = try layout(output, "output")
        var steps: [Int] = []
        if !output.shape.isEmpty {
            let strides = try required(strides, "strides")
            for axis in output.shape.indices { steps.append(strides[axis]) }
        }
        return try checked { () throws(OperatorFault) in
            try .arranged(input, output, strides: steps, offset: length(offset))
        }
    }
}

@c @implementation
public func pst_operator_gather(
    _ input: UnsafePointer<pst_layout>!, _ table: UnsafeRawPointer!,
    _ rows: UnsafePointer<pst_layout>!, _ live: Bool, _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_gather") { () throws(Failure) in
        let input = try layout(input, "input")
        let table = try required(table, "table")
        let rows = try layout(rows, "layout")
        return try checked { () throws(OperatorFault) in
            try .gather(input, table, rows, isLive: live)
        }
    }
}

@c @implementation
public func pst_operator_one_hot(
    _ input: UnsafePointer<pst_layout>!, _ depth: Int, _ to: pst_scalar,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_one_hot") { () throws(Failure) in
        let input = try layout(input, "input")
        let to = try scalar(to, "scalar")
        return try checked { () throws(OperatorFault) in try .oneHot(input, length(depth), to) }
    }
}

@c @implementation
public func pst_operator_field(
    _ size: Int, _ offset: Int, _ field: UnsafePointer<pst_layout>!,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_field") { () throws(Failure) in
        let field = try layout(field, "field")
        return try checked { () throws(OperatorFault) in
            try .field(size: length(size), offset: length(offset), field)
        }
    }
}

@c @implementation
public func pst_operator_record(
    _ parts: UnsafePointer<pst_part>!, _ count: Int, _ size: Int,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_record") { () throws(Failure) in
        let parts = try required(parts, "parts")
        try checkCount(count, upTo: 4096)
        var given: [(made: Operator, offset: Int)] = []
        for i in 0..<count {
            let value = try `operator`(parts[i].value, "parts[\(i)].value").made
            given.append((made: value, offset: length(parts[i].offset)))
        }
        return try checked { () throws(OperatorFault) in
            try .record(given, size: length(size))
        }
    }
}

@c @implementation
public func pst_operator_numbered(
    _ random: OpaquePointer!, _ offset: Int, _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_numbered") { () throws(Failure) in
        let random = try `operator`(random, "random").made
        return try checked { () throws(OperatorFault) in
            try .numbered(random, offset: length(offset))
        }
    }
}

@c @implementation
public func pst_operator_chain(
    _ operators: UnsafePointer<OpaquePointer?>!, _ count: Int,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    make(made, "pst_operator_chain") { () throws(Failure) in
        let operators = try required(operators, "operators")
        try checkCount(count, upTo: 4096)
        var given: [Operator] = []
        for i in 0..<count { given.append(try `operator`(operators[i], "operators[\(i)]").made) }
        return try checked { () throws(OperatorFault) in try .chain(given) }
    }
}

@c @implementation
public func pst_operator_destroy(_ op: OpaquePointer!) {
    guard let op else { return }
    HandleTable.shared.remove(op, .operator)
}

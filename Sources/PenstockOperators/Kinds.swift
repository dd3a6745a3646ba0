/// Operations on one number; raw values are those of `pst_unary`.
package enum Unary: UInt32, Sendable, CaseIterable {
    case negative = 0
    case absolute = 1
    case squareRoot = 2
    case floor = 3
    case ceil = 4
    case round = 5
    case not = 6
}

/// Operations on two numbers; raw values are those of `pst_binary`.
package enum Binary: UInt32, Sendable, CaseIterable {
    case add = 0
    case subtract = 1
    case multiply = 2
    case divide = 3
    case floorDivide = 4
    case remainder = 5
    case minimum = 6
    case maximum = 7
    case and = 8
    case or = 9
    case xor = 10
    case equal = 11
    case notEqual = 12
    case less = 13
    case lessEqual = 14
    case greater = 15
    case greaterEqual = 16

    package var isComparison: Bool { rawValue >= Binary.equal.rawValue }
}

package enum ResizeMethod: UInt32, Sendable {
    case bilinear = 0
    case nearest = 1
}

import PenstockRuntime

/// The numbers that elements are made of.
package enum NumberType: UInt32, Sendable {
    case int8 = 0
    case int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64

    package var size: Int {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    package var name: String {
        switch self {
        case .int8: "int8_t"
        case .int16: "int16_t"
        case .int32: "int32_t"
        case .int64: "int64_t"
        case .uint8: "uint8_t"
        case .uint16: "uint16_t"
        case .uint32: "uint32_t"
        case .uint64: "uint64_t"
        case .float32: "float"
        case .float64: "double"
        }
    }

    package var isFloat: Bool { self == .float32 || self == .float64 }

    package var isSigned: Bool { rawValue <= NumberType.int64.rawValue }

    /// What it is reduced to: 64 bits of the same kind.
    package var wide: NumberType { isFloat ? .float64 : isSigned ? .int64 : .uint64 }
}

/// What becomes of one number of the elements with equal keys.
package struct Aggregate: Sendable {
    package enum Kind: UInt32, Sendable {
        case count = 0
        case sum, minimum, maximum, mean
    }

    package let kind: Kind
    package let type: NumberType
    /// Where the number stands in the element.
    package let offset: Int

    package init(_ kind: Kind, _ type: NumberType, offset: Int) {
        self.kind = kind
        self.type = type
        self.offset = offset
    }

    /// Of the result.
    package var resultType: NumberType {
        switch kind {
        case .count: .int64
        case .mean: .float64
        case .sum, .minimum, .maximum: type.wide
        }
    }

    package var name: String {
        switch kind {
        case .count: "count"
        case .sum: "sum"
        case .minimum: "min"
        case .maximum: "max"
        case .mean: "mean"
        }
    }

    /// In an entry: a mean keeps its sum and its count.
    var cellBytes: Int { kind == .mean ? 16 : 8 }

    /// The first eight bytes of its cells before any value.
    var initial: UInt64 {
        switch (kind, type.wide) {
        case (.minimum, .float64): Double.infinity.bitPattern
        case (.maximum, .float64): (-Double.infinity).bitPattern
        case (.minimum, .int64): UInt64(bitPattern: Int64.max)
        case (.maximum, .int64): UInt64(bitPattern: Int64.min)
        case (.minimum, _): UInt64.max
        default: 0
        }
    }
}

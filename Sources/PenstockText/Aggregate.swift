package import PenstockRuntime

extension Scalar {
    /// What numbers of this type are reduced to: 64 bits of the same kind.
    var wide: Scalar { isFloat ? .f64 : isUnsigned ? .u64 : .i64 }
}

/// What becomes of one number of the elements with equal keys.
package struct Aggregate: Sendable {
    package enum Kind: UInt32, Sendable {
        case count = 0
        case sum, minimum, maximum, mean
    }

    package let kind: Kind
    package let type: Scalar
    /// Where the number stands in the element.
    package let offset: Int

    package init(_ kind: Kind, _ type: Scalar, offset: Int) {
        self.kind = kind
        self.type = type
        self.offset = offset
    }

    /// Of the result.
    package var resultType: Scalar {
        switch kind {
        case .count: .i64
        case .mean: .f64
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
        case (.minimum, .f64): Double.infinity.bitPattern
        case (.maximum, .f64): (-Double.infinity).bitPattern
        case (.minimum, .i64): UInt64(bitPattern: Int64.max)
        case (.maximum, .i64): UInt64(bitPattern: Int64.min)
        case (.minimum, _): UInt64.max
        default: 0
        }
    }
}

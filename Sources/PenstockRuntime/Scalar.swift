/// The types of numbers that elements are made of; raw values are those of `pst_scalar`.
package enum Scalar: UInt32, Sendable, CaseIterable {
    case bool = 0
    case i8 = 1
    case i16 = 2
    case i32 = 3
    case i64 = 4
    case u8 = 5
    case u16 = 6
    case u32 = 7
    case u64 = 8
    case f32 = 9
    case f64 = 10

    package var bytes: Int {
        switch self {
        case .bool, .i8, .u8: 1
        case .i16, .u16: 2
        case .i32, .u32, .f32: 4
        case .i64, .u64, .f64: 8
        }
    }

    package var isInteger: Bool { self != .bool && !isFloat }
    package var isFloat: Bool { self == .f32 || self == .f64 }
    package var isUnsigned: Bool { (Scalar.u8.rawValue...Scalar.u64.rawValue).contains(rawValue) }

    /// As in C.
    package var name: String {
        switch self {
        case .bool: "bool"
        case .i8: "int8_t"
        case .i16: "int16_t"
        case .i32: "int32_t"
        case .i64: "int64_t"
        case .u8: "uint8_t"
        case .u16: "uint16_t"
        case .u32: "uint32_t"
        case .u64: "uint64_t"
        case .f32: "float"
        case .f64: "double"
        }
    }
}

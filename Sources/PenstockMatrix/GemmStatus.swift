/// What a matrix call says to its caller: done, or which argument is wrong and why.
package enum GemmStatus: Equatable, Sendable {
    case done
    case failed(GemmFault)

    package var isDone: Bool { self == .done }

    /// The fault, or nil when the call did its work.
    package var fault: GemmFault? {
        if case .failed(let fault) = self { fault } else { nil }
    }
}

/// Why a call was refused. C is untouched in every case.
package enum GemmFault: Error, Equatable, Sendable {
    case negativeSize(GemmArgument)
    case null(GemmArgument)
    /// The address is not a multiple of the element's size.
    case misaligned(GemmArgument)
    /// Sizes and strides reach past the address space.
    case tooLarge(GemmArgument)
    /// Two positions of C are the same element.
    case overlapsItself
    /// C shares an element with an input.
    case overlapsC(GemmArgument)
    /// The bounds of a clamp are no interval.
    case clampBounds
    /// A fault of one product of a batch whose operands come by pointers.
    indirect case product(Int, GemmFault)
    case outOfMemory
    /// A combination that no kernel computes; the text says which.
    case unsupported(String)
    /// `PST_ISA` names no usable kernel; `selectedKernel()` says which name and why.
    case noKernel

    package var text: String {
        switch self {
        case .negativeSize(let argument): "\(argument.rawValue) is negative"
        case .null(let argument): "\(argument.rawValue) is NULL but its size is not zero"
        case .misaligned(let argument): "\(argument.rawValue) is not aligned to its element type"
        case .tooLarge(let argument): "\(argument.rawValue) reaches past the address space"
        case .overlapsItself: "C overlaps itself: two positions share an element"
        case .overlapsC(let argument): "\(argument.rawValue) shares memory with C"
        case .clampBounds: "low is not at most high"
        case .product(let index, let fault): "product \(index): \(fault.text)"
        case .outOfMemory: "no memory for packing"
        case .unsupported(let text): text
        case .noKernel: "PST_ISA names no kernel that this processor runs"
        }
    }
}

/// The arguments of a matrix call by the names that its texts use.
package enum GemmArgument: String, Sendable {
    case m, n, k
    case a = "A"
    case b = "B"
    case c = "C"
    case bias, residual, batch
}

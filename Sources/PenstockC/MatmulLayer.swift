import PenstockDataflow
import PenstockMatrix
import PenstockRuntime

/// What a matmul stage multiplies by. A span of elements is a matrix whose leading dimension is the
/// element's size, so no element is gathered or scattered.
final class MatmulLayer: @unchecked Sendable {
    private let k: Int
    private let n: Int
    private let inOffset: Int
    private let outOffset: Int
    private let inSize: Int
    private let outSize: Int
    /// Of an element carried over unchanged; otherwise what is not written is zero.
    private let carriesElement: Bool
    private let activation: GemmActivation
    /// nil when the weights are live.
    private let packed: PackedMatrixF32?
    private let weights: UnsafePointer<Float>
    private let bias: UnsafePointer<Float>?
    private let ownBias: [Float]

    init(
        input: ElementType, output: ElementType, k: Int, n: Int, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, activation: GemmActivation, inOffset: Int, outOffset: Int,
        live: Bool
    ) throws(Failure) {
        try MatmulLayer.check(k, inOffset, input, "k", "in_offset", "input")
        try MatmulLayer.check(n, outOffset, output, "n", "out_offset", "output")
        if input.destroy != nil || output.destroy != nil {
            throw Failure(.typeMismatch, "matmul elements must be plain numbers, without destroy")
        }
        guard k.multipliedReportingOverflow(by: n).overflow == false, k * n <= 1 << 40 else {
            throw Failure(.invalid, "k \(k) times n \(n) is too large")
        }
        for (name, pointer) in [("weights", weights), ("bias", bias ?? weights)]
        where UInt(bitPattern: pointer) % 4 != 0 {
            throw Failure(.invalid, "\(name) is not aligned to its element type")
        }
        self.k = k
        self.n = n
        self.inOffset = inOffset
        self.outOffset = outOffset
        inSize = input.size
        outSize = output.size
        carriesElement = input.matches(output)
        self.activation = activation
        self.weights = weights
        if live {
            packed = nil
            ownBias = []
            self.bias = bias
        } else {
            do {
                packed = try PackedMatrixF32(.rowMajor(weights, leading: n), k: k, n: n)
            } catch {
                throw Failure(error == .outOfMemory ? .noMemory : .invalid, error.text)
            }
            ownBias = bias.map { Array(UnsafeBufferPointer(start: $0, count: n)) } ?? []
            self.bias = nil
        }
    }

    private static func check(
        _ count: Int, _ offset: Int, _ type: ElementType, _ sizeName: String,
        _ offsetName: String, _ side: String
    ) throws(Failure) {
        guard count >= 1 else { throw Failure(.invalid, "\(sizeName) is 0") }
        guard offset >= 0, offset % 4 == 0, type.size % 4 == 0, type.alignment >= 4 else {
            throw Failure(
                .invalid,
                "\(offsetName) \(offset) and the \(side) element's size \(type.size) must be "
                    + "multiples of 4, its alignment at least 4")
        }
        guard offset <= type.size, count <= (type.size - offset) / 4 else {
            throw Failure(
                .invalid,
                "\(count) floats at \(offsetName) \(offset) do not fit in the \(side) element of "
                    + "\(type.size) bytes")
        }
    }

    static let map: MapFunction = { context, input, output, n in
        guard let user = Step.user(context), let input, let output else {
            return Status.internal.rawValue
        }
        return Unmanaged<MatmulLayer>.fromOpaque(user)._withUnsafeGuaranteedRef {
            $0.multiply(input, output, n)
        }
    }

    private func multiply(
        _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ rows: Int
    ) -> Int32 {
        if carriesElement {
            output.copyMemory(from: input, byteCount: rows &* inSize)
        } else if n &* 4 != outSize {
            output.initializeMemory(as: UInt8.self, repeating: 0, count: rows &* outSize)
        }
        let a = MatrixView<Float>.rowMajor(
            (input + inOffset).assumingMemoryBound(to: Float.self), leading: inSize / 4)
        let c = MutableMatrixView<Float>.rowMajor(
            (output + outOffset).assumingMemoryBound(to: Float.self), leading: outSize / 4)
        let status: GemmStatus
        if let packed {
            status = ownBias.withUnsafeBufferPointer {
                gemmF32(
                    m: rows, a: a, packedB: packed, c: c,
                    epilogue: Epilogue(
                        bias: ownBias.isEmpty ? nil : $0.baseAddress, activation: activation))
            }
        } else {
            status = gemmF32(
                m: rows, n: n, k: k, a: a, b: .rowMajor(weights, leading: n), c: c,
                epilogue: Epilogue(bias: bias, activation: activation))
        }
        return status.isDone ? Status.ok.rawValue : Status.noMemory.rawValue
    }
}

import PenstockDataflow
import PenstockMatrix
import PenstockRuntime

extension Stream {
    /// A layer of a network: each element is a row of `inputs` floats, the output is
    /// `activation(row * weights + bias)`. A span of rows is one product. `weights` has as many
    /// rows as an element has floats; they and the bias are copied (packed) now.
    public func matmul<let inputs: Int, let outputs: Int>(
        to _: InlineArray<outputs, Float>.Type, weights: Matrix, bias: Matrix? = nil,
        activation: Activation = .linear
    ) -> Stream<InlineArray<outputs, Float>> where Element == InlineArray<inputs, Float> {
        let size = MatmulStage.Size(inputs: inputs, outputs: outputs)
        return graph.addMatmul(
            spans, to: InlineArray<outputs, Float>.self,
            MatmulStage.Field(offset: 0), MatmulStage.Field(offset: 0), size, weights, bias,
            activation, live: false)
    }

    /// A layer between two fields of an element: takes the one as a row, puts `activation(row *
    /// weights + bias)` in the other, and carries the rest over. A span is one product; nothing is
    /// gathered or scattered. The fields must be stored properties of a type without references.
    ///
    /// `live`: weights and bias are read anew for each span instead of being copied now, and must
    /// not be written while a span is under way.
    public func matmul<let inputs: Int, let outputs: Int>(
        _ input: KeyPath<Element, InlineArray<inputs, Float>>,
        into output: WritableKeyPath<Element, InlineArray<outputs, Float>>, weights: Matrix,
        bias: Matrix? = nil, activation: Activation = .linear, live: Bool = false
    ) -> Stream<Element> {
        spans.matmul(
            input, into: output, weights: weights, bias: bias, activation: activation, live: live)
    }
}

extension Spans {
    /// The same for whole batches, each of which is one product.
    public func matmul<let inputs: Int, let outputs: Int>(
        _ input: KeyPath<Element, InlineArray<inputs, Float>>,
        into output: WritableKeyPath<Element, InlineArray<outputs, Float>>, weights: Matrix,
        bias: Matrix? = nil, activation: Activation = .linear, live: Bool = false
    ) -> Stream<Element> {
        let size = MatmulStage.Size(inputs: inputs, outputs: outputs)
        return stream.graph.addMatmul(
            self, to: Element.self,
            MatmulStage.Field(offset: MemoryLayout<Element>.offset(of: input)),
            MatmulStage.Field(offset: MemoryLayout<Element>.offset(of: output)), size, weights,
            bias, activation, live: live)
    }
}

/// What a matmul stage multiplies by. A span of elements is a matrix whose rows are an element's
/// size apart.
final class MatmulStage: @unchecked Sendable {
    struct Size {
        let inputs: Int
        let outputs: Int
    }

    /// Where in its element a row is; nil when it is not stored there.
    struct Field {
        let offset: Int?
    }

    private let weights: Matrix
    private let bias: Matrix?
    /// nil when the weights are live.
    private let packed: PackedMatrixF32?
    private let activation: Epilogue<Float>.Activation
    private let inOffset: Int
    private let outOffset: Int
    private let inSize: Int
    private let outSize: Int
    private let carriesElement: Bool

    init<Input, Output>(
        _: Input.Type, _: Output.Type, _ input: Field, _ output: Field, _ size: Size,
        _ weights: Matrix, _ bias: Matrix?, _ activation: Activation, live: Bool
    ) throws(PenstockError) {
        guard _isPOD(Input.self), _isPOD(Output.self) else {
            throw PenstockError(.typeMismatch, "\(Input.self) holds references")
        }
        guard let inOffset = input.offset, let outOffset = output.offset,
            inOffset % 4 == 0, outOffset % 4 == 0, MemoryLayout<Input>.stride % 4 == 0
        else {
            throw PenstockError(.invalid, "its fields are not stored properties of \(Input.self)")
        }
        guard weights.rows == size.inputs, weights.columns == size.outputs else {
            throw PenstockError(
                .invalid,
                "weights of \(weights.rows) x \(weights.columns) for rows of \(size.inputs) and "
                    + "\(size.outputs)")
        }
        if let bias, bias.rows != 1 || bias.columns != size.outputs {
            throw PenstockError(
                .invalid, "a bias of \(bias.rows) x \(bias.columns) for rows of \(size.outputs)")
        }
        self.inOffset = inOffset
        self.outOffset = outOffset
        inSize = MemoryLayout<Input>.stride
        outSize = MemoryLayout<Output>.stride
        carriesElement = Input.self == Output.self && size.outputs * 4 < MemoryLayout<Input>.stride
        self.activation = activation.core
        self.weights = weights
        if live {
            packed = nil
            self.bias = bias
            return
        }
        do {
            packed = try PackedMatrixF32(
                .rowMajor(weights.base, leading: weights.columns), k: weights.rows,
                n: weights.columns)
        } catch { throw PenstockError(error) }
        if let bias {
            let elements = Array(UnsafeBufferPointer(start: bias.base, count: bias.count))
            self.bias = try Matrix(rows: 1, columns: bias.columns, elements)
        } else {
            self.bias = nil
        }
    }

    func multiply(
        _ input: UnsafeMutableRawPointer, _ output: UnsafeMutableRawPointer, _ rows: Int
    ) -> GemmStatus {
        if carriesElement { output.copyMemory(from: input, byteCount: rows &* inSize) }
        let a = PenstockMatrix.MatrixView<Float>.rowMajor(
            (input + inOffset).assumingMemoryBound(to: Float.self), leading: inSize / 4)
        let c = PenstockMatrix.MutableMatrixView<Float>.rowMajor(
            (output + outOffset).assumingMemoryBound(to: Float.self), leading: outSize / 4)
        let epilogue = Epilogue<Float>(
            bias: bias.map { UnsafePointer($0.base) }, activation: activation)
        if let packed { return gemmF32(m: rows, a: a, packedB: packed, c: c, epilogue: epilogue) }
        return gemmF32(
            m: rows, n: weights.columns, k: weights.rows, a: a,
            b: .rowMajor(weights.base, leading: weights.columns), c: c, epilogue: epilogue)
    }
}

extension Graph {
    func addMatmul<Input, Output>(
        _ spans: Spans<Input>, to: Output.Type, _ input: MatmulStage.Field,
        _ output: MatmulStage.Field, _ size: MatmulStage.Size, _ weights: Matrix, _ bias: Matrix?,
        _ activation: Activation, live: Bool
    ) -> Stream<Output> {
        let layer: MatmulStage
        do throws(PenstockError) {
            layer = try MatmulStage(
                Input.self, Output.self, input, output, size, weights, bias, activation, live: live)
        } catch {
            core.description.fail(.invalid, "a matmul stage: \(error.message)")
            return Stream(graph: self, stage: -1)
        }
        let box = StageBox { context, input, output, n in
            let status = layer.multiply(input, output, n)
            guard let fault = status.fault else { return StageContext.done }
            return context.fail(-1, text: fault.text)
        }
        let stage = add(
            .map, label: "matmul", inputs: [spans.stream.erased], outputs: [PortType(Output.self)],
            box: box
        ) {
            $0.batch = spans.batch
            $0.lingerNanoseconds = spans.linger.wholeNanoseconds
        }
        return Stream(graph: self, stage: stage)
    }
}

public import CPenstock
import PenstockDataflow
import PenstockRuntime
import PenstockText

private let defaultBlock = 128 << 10
private let largestBlock = 1 << 40

/// A size that the program gives, as an Int within limits; 0 stands for `zero`.
private func size(
    _ given: Int, _ name: String, from least: Int, zero: Int
) throws(Failure) -> Int {
    if given == 0 { return zero }
    guard given >= least, given <= largestBlock else {
        throw Failure(
            .invalid, "options.\(name) \(UInt(bitPattern: given)) is not in \(least)...2^40")
    }
    return given
}

/// The one input, which must carry blocks of bytes.
private func bytesInput(
    _ it: GraphHandle, _ stage: pst_stage, _ name: String
) -> [PenstockDataflow.Description.Port]? {
    guard let inputs = input(it, stage, name),
        let type = it.graph.description.checkedType(of: inputs[0], for: name)
    else { return nil }
    if !type.isBytes {
        it.graph.description.fail(
            .typeMismatch, "stage '\(name)': its input must carry pst_bytes, not \(type)")
        return nil
    }
    return inputs
}

private let bytesType = elementTypeOfBytes()

private func elementTypeOfBytes() -> ElementType {
    let type = pst_bytes_type()
    return ElementType(
        size: type.size, alignment: type.alignment, name: String(cString: type.name),
        destroy: type.destroy, copy: unsafeBitCast(type.copy, to: ElementType.Copy?.self))
}

@c @implementation
public func pst_files(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!,
    _ paths: UnsafePointer<UnsafePointer<CChar>?>!, _ count: Int,
    _ options: UnsafePointer<pst_files_options>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let defaults = pst_files_options(
            struct_size: 0, cut: PST_CUT_LINES, record_size: 0, block_size: 0, largest: 0)
        let o = try merged(options, over: defaults, "options")
        let paths = try required(paths, "paths")
        try checkCount(count, upTo: 1 << 32)
        let cut: FileSource.Cut
        switch o.cut {
        case PST_CUT_LINES: cut = .lines
        case PST_CUT_SPACES: cut = .spaces
        case PST_CUT_RECORDS: cut = .records(try recordSize(o.record_size))
        case PST_CUT_FILES: cut = .nowhere
        default: throw Failure(.invalid, "options.cut \(o.cut.rawValue) is no pst_cut")
        }
        let source = FileSource(
            paths: try PathList(paths, count: count), cut: cut,
            blockBytes: try size(o.block_size, "block_size", from: 512, zero: defaultBlock),
            largestBytes: try size(o.largest, "largest", from: 1, zero: 1 << 30))
        return it.graph.description.add(
            .source(FileSource.fill), name: name, inputs: [], outputs: [bytesType],
            user: Unmanaged.passUnretained(source).toOpaque(), keepAlive: source, label: "files",
            builtIn: source.builtIn)
    }
}

private func recordSize(_ given: Int) throws(Failure) -> Int {
    guard given >= 1, given <= 1 << 30 else {
        throw Failure(
            .invalid, "options.record_size \(UInt(bitPattern: given)) is not in 1...2^30")
    }
    return given
}

@c @implementation
public func pst_split(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ options: UnsafePointer<pst_split_options>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let defaults = pst_split_options(
            struct_size: 0, kind: PST_SPLIT_WORDS, delimiter: 0, record_size: 0)
        let o = try merged(options, over: defaults, "options")
        let kind: Splitter.Kind
        switch o.kind {
        case PST_SPLIT_WORDS: kind = .words
        case PST_SPLIT_LINES: kind = .pieces(10, isLine: true)
        case PST_SPLIT_BYTE: kind = .pieces(o.delimiter, isLine: false)
        case PST_SPLIT_RECORDS: kind = .records(try recordSize(o.record_size))
        default: throw Failure(.invalid, "options.kind \(o.kind.rawValue) is no pst_split_kind")
        }
        guard let inputs = bytesInput(it, stage, name) else { return nil }
        let splitter = Splitter(kind)
        return it.graph.description.add(
            .process(Splitter.process), name: name, inputs: inputs, outputs: [bytesType],
            user: Unmanaged.passUnretained(splitter).toOpaque(), keepAlive: splitter,
            label: "split", builtIn: splitter.builtIn)
    }
}

@c @implementation
public func pst_unpack(
    _ handle: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ stage: pst_stage,
    _ type: UnsafePointer<pst_type>!
) -> pst_stage {
    describe(handle, name) { (it, name) throws(Failure) in
        let type = try elementType(type)
        if type.destroy != nil {
            throw Failure(.typeMismatch, "what is unpacked must be plain, without destroy")
        }
        guard let inputs = bytesInput(it, stage, name) else { return nil }
        let unpacker = Unpacker(type)
        return it.graph.description.add(
            .process(Unpacker.process), name: name, inputs: inputs, outputs: [type],
            user: Unmanaged.passUnretained(unpacker).toOpaque(), keepAlive: unpacker,
            label: "unpack", builtIn: unpacker.builtIn)
    }
}

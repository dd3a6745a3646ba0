package import PenstockDataflow
import PenstockRuntime

/// Copies the records of fixed size that blocks consist of into elements. Resumable, as splitting
/// is; how far a block is done stands in the replica's state pointer itself.
package final class Unpacker: @unchecked Sendable {
    private let recordBytes: Int
    private let spanRecords: Int

    package init(_ type: ElementType) {
        recordBytes = type.size
        spanRecords = Description.spanElements(type)
    }

    package var builtIn: BuiltIn {
        var result = BuiltIn()
        result.maxOutputs = spanRecords
        result.isResumable = true
        return result
    }

    package static let process: ProcessFunction = { context, input, _ in
        guard let user = Step.user(context), let input else { return Status.internal.rawValue }
        let block = input.assumingMemoryBound(to: Bytes.self)
        return Unmanaged<Unpacker>.fromOpaque(user)._withUnsafeGuaranteedRef {
            $0.unpack(context, block)
        }
    }

    private func unpack(_ context: Context?, _ block: UnsafePointer<Bytes>) -> Int32 {
        let size = block.pointee.size
        guard size >= 0, size % recordBytes == 0, block.pointee.data != nil || size == 0 else {
            return Step.fail(
                context, Status.invalid.rawValue, 0,
                "its block of \(size) bytes is not made of records of \(recordBytes)")
        }
        let done = Int(bitPattern: Step.state(context))
        let wanted = min((size &- done) / recordBytes, spanRecords)
        if wanted > 0, let data = block.pointee.data {
            guard let (room, most) = Step.reserve(context, 0, wanted) else {
                return Status.again.rawValue
            }
            room.copyMemory(from: data + done, byteCount: most &* recordBytes)
            _ = Step.commit(context, 0, most)
            let now = done &+ most &* recordBytes
            if now < size {
                Step.setState(context, UnsafeMutableRawPointer(bitPattern: now))
                return Status.again.rawValue
            }
        }
        Step.setState(context, nil)
        Bytes.release(block, 1)
        return Status.ok.rawValue
    }
}

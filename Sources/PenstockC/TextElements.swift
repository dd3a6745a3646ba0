public import CPenstock
import PenstockRuntime
import PenstockText

// What a program does with elements that are pst_bytes.

@c @implementation
public func pst_bytes_hash(
    _ input: UnsafeRawPointer!, _ keys: UnsafeMutablePointer<UInt64>!, _ n: Int,
    _ user: UnsafeMutableRawPointer!
) {
    guard let input, let keys, n > 0 else { return }
    let bytes = input.assumingMemoryBound(to: pst_bytes.self)
    for i in 0..<n { keys[i] = Hash.of(bytes[i].data, bytes[i].size) }
}

@c @implementation
public func pst_bytes_to_hash(
    _ context: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ n: Int
) -> pst_status {
    guard let input, let output, n > 0 else { return n == 0 ? PST_OK : PST_EINVAL }
    pst_bytes_hash(input, output.bindMemory(to: UInt64.self, capacity: n), n, nil)
    Bytes.release(input.assumingMemoryBound(to: Bytes.self), n)
    return PST_OK
}

@c @implementation
public func pst_bytes_scatter(
    _ data: UnsafeRawPointer!, _ offsets: UnsafePointer<Int64>!, _ count: Int,
    _ elements: UnsafeMutablePointer<pst_bytes>!
) -> pst_status {
    attempt { () throws(Failure) in
        if count == 0 { return }
        guard count > 0, count < Int.max / MemoryLayout<pst_bytes>.stride else {
            throw Failure(.invalid, "count \(UInt(bitPattern: count)) is too large")
        }
        let offsets = try required(offsets, "offsets")
        let elements = try required(elements, "elements")
        for i in 0...count where offsets[i] < (i == 0 ? 0 : offsets[i - 1]) {
            throw Failure(.invalid, "offsets[\(i)] \(offsets[i]) is less than the one before")
        }
        let size = Int(offsets[count] - offsets[0])
        if size > 0 { _ = try required(data, "data") }
        guard let copy = SharedBytes.make(size, shares: count) else {
            throw Failure(.noMemory, "no memory for \(size) bytes")
        }
        if size > 0 { copy.bytes.copyMemory(from: data + Int(offsets[0]), byteCount: size) }
        for i in 0..<count {
            elements[i] = pst_bytes(
                data: copy.bytes + Int(offsets[i] - offsets[0]),
                size: Int(offsets[i + 1] - offsets[i]), owner: copy.owner,
                release: SharedBytes.release)
        }
    }
}

@c @implementation
public func pst_bytes_gather(
    _ elements: UnsafeRawPointer!, _ stride: Int, _ count: Int, _ data: UnsafeMutableRawPointer!,
    _ size: Int, _ offsets: UnsafeMutablePointer<Int64>!
) -> pst_status {
    attempt { () throws(Failure) in
        try checkElements(elements, stride, count)
        let room = length(size)
        var end = 0
        for i in 0..<count {
            let bytes = (elements + i * stride).load(as: pst_bytes.self)
            guard bytes.size >= 0, end.addingReportingOverflow(bytes.size).overflow == false,
                bytes.data != nil || bytes.size == 0
            else { throw Failure(.invalid, "elements[\(i)] has no data, or a size beyond 2^63") }
            offsets?[i] = Int64(end)
            if let data {
                guard bytes.size <= room - end else {
                    throw Failure(
                        .invalid,
                        "size \(room) is too small: elements[\(i)] ends at byte "
                            + "\(end + bytes.size)")
                }
                if let from = bytes.data {
                    (data + end).copyMemory(from: from, byteCount: bytes.size)
                }
            }
            end += bytes.size
        }
        offsets?[count] = Int64(end)
    }
}

@c @implementation
public func pst_bytes_release(_ elements: UnsafeMutableRawPointer!, _ stride: Int, _ count: Int) {
    _ = attempt { () throws(Failure) in
        try checkElements(elements, stride, count)
        for i in 0..<count {
            let bytes = (elements + i * stride).assumingMemoryBound(to: pst_bytes.self)
            let old = bytes.pointee
            bytes.pointee = pst_bytes(data: nil, size: 0, owner: nil, release: nil)
            old.release?(old.owner)
        }
    }
}

private func checkElements(
    _ elements: UnsafeRawPointer?, _ stride: Int, _ count: Int
) throws(Failure) {
    guard count >= 0, stride >= 0, count.multipliedReportingOverflow(by: stride).overflow == false
    else { throw Failure(.invalid, "count times stride is more than 2^63") }
    if count == 0 { return }
    let elements = try required(elements, "elements")
    guard UInt(bitPattern: elements) % 8 == 0, stride % 8 == 0,
        stride >= MemoryLayout<pst_bytes>.size || count == 1
    else {
        throw Failure(
            .invalid, "stride \(stride) or the address of elements does not suit pst_bytes")
    }
}

public import CPenstock
import PenstockOperators
import PenstockRuntime

/// The body of a function that makes an operator on images.
private func image(
    _ made: UnsafeMutablePointer<OpaquePointer?>?, _ function: String,
    _ input: UnsafePointer<pst_layout>?, _ step: ImageStep
) -> pst_status {
    make(made, function) { () throws(Failure) in
        let input = try layout(input, "input")
        return try checked { () throws(OperatorFault) in try .image(input, step) }
    }
}

@c @implementation
public func pst_operator_crop(
    _ input: UnsafePointer<pst_layout>!, _ top: Int, _ left: Int, _ height: Int, _ width: Int,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    image(
        made, "pst_operator_crop", input,
        .crop(top: length(top), left: length(left), height: length(height), width: length(width)))
}

@c @implementation
public func pst_operator_flip(
    _ input: UnsafePointer<pst_layout>!, _ horizontal: Bool, _ vertical: Bool,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    image(made, "pst_operator_flip", input, .flip(horizontal: horizontal, vertical: vertical))
}

@c @implementation
public func pst_operator_random_crop(
    _ input: UnsafePointer<pst_layout>!, _ height: Int, _ width: Int, _ seed: UInt64,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    image(
        made, "pst_operator_random_crop", input,
        .randomCrop(height: length(height), width: length(width), seed: seed))
}

@c @implementation
public func pst_operator_random_flip(
    _ input: UnsafePointer<pst_layout>!, _ horizontal: Bool, _ vertical: Bool,
    _ probability: Double, _ seed: UInt64, _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    image(
        made, "pst_operator_random_flip", input,
        .randomFlip(
            horizontal: horizontal, vertical: vertical, probability: probability, seed: seed))
}

@c @implementation
public func pst_operator_resize(
    _ input: UnsafePointer<pst_layout>!, _ height: Int, _ width: Int, _ method: pst_resize,
    _ made: UnsafeMutablePointer<OpaquePointer?>!
) -> pst_status {
    guard let kind = ResizeMethod(rawValue: method.rawValue) else {
        return report(
            Failure(
                .invalid, "pst_operator_resize: method \(method.rawValue) is no pst_resize"))
    }
    return image(
        made, "pst_operator_resize", input,
        .resize(height: length(height), width: length(width), method: kind))
}

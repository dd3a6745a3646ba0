package import PenstockRuntime

/// What a caller says of a product, whatever its element types are.
package protocol ProductRequest {
    var m: Int { get set }
    var n: Int { get set }
    var k: Int { get set }
    var alpha: Double { get set }
    var beta: Double { get set }
    var a: RawMatrix { get set }
    var b: RawMatrix { get set }
    var c: RawMatrix { get set }
    var epilogue: RawEpilogue { get set }
    /// nil: the calling thread alone.
    var engine: Engine? { get set }
    /// With an engine: at most so many threads; 0 as many as pay.
    var threads: Int { get set }

    /// Block sizes by hand; 0 leaves one to the caches.
    mutating func setBlocks(kc: Int, mc: Int, nc: Int)
    /// A batch; steps in elements, or an array of pointers for an operand.
    mutating func setBatch(
        count: Int, a: Int, b: Int, c: Int, residual: Int,
        aArray: UnsafePointer<UnsafeRawPointer?>?, bArray: UnsafePointer<UnsafeRawPointer?>?,
        cArray: UnsafePointer<UnsafeMutableRawPointer?>?
    ) throws(GemmFault)

    func perform() -> GemmStatus
    /// What `perform` would do and why, in words.
    func explain() -> Result<String, GemmFault>
}

extension GemmRequest: ProductRequest {}
extension NarrowRequest: ProductRequest {}

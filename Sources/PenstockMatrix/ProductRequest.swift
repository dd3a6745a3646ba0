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
    var batch: GemmBatch { get set }

    /// Bytes of an element of A and B, and of C.
    var elementSize: Int { get }
    var resultSize: Int { get }
    /// Multiply-adds in the time of one in f32.
    var speedup: Double { get }

    func perform() -> GemmStatus
    /// What `perform` would do and why, in words.
    func explain() -> Result<String, GemmFault>
}

extension GemmRequest: ProductRequest {}
extension NarrowRequest: ProductRequest {}

extension ProductRequest {
    /// A batch; steps in elements, or an array of pointers for an operand.
    package mutating func setBatch(
        count: Int, a: Int, b: Int, c: Int, residual: Int,
        aArray: UnsafePointer<UnsafeRawPointer?>?, bArray: UnsafePointer<UnsafeRawPointer?>?,
        cArray: UnsafePointer<UnsafeMutableRawPointer?>?
    ) throws(GemmFault) {
        batch = try GemmBatch(
            count: count, a: a, b: b, c: c, residual: residual, aArray: aArray, bArray: bArray,
            cArray: cArray, elementSize: elementSize, resultSize: resultSize)
    }

    var usefulThreads: Int {
        guard let engine else { return 1 }
        let most = engine.forkJoinThreads
        let (work, overflow) = m.multipliedReportingOverflow(by: max(batch.count, 1))
        return GemmGrid.usefulThreads(
            overflow ? .max : work, n, k, limit: threads == 0 ? most : min(threads, most),
            speedup: speedup)
    }

    // MARK: - Words for `explain`

    func kib(_ bytes: Int) -> String { "\((bytes + 1023) / 1024) KiB" }

    func byHand(_ size: Int?) -> String { size == nil ? "" : " (set by hand)" }

    func threadReason(_ threads: Int, _ pieces: ProductPieces) -> String {
        guard let engine else { return "1: no engine given" }
        let most = engine.forkJoinThreads
        if threads == 1 {
            if most == 1 { return "1: the engine has no other worker" }
            return self.threads == 1 ? "1: as asked" : "1: too little work for a second"
        }
        let grid = pieces.grid
        let text =
            grid.count > 1
            ? "\(pieces.count) rectangles of \(grid.rowPiece) x \(grid.columnPiece)"
            : "\(pieces.count) runs of \(pieces.run) products"
        return "at most \(threads) of \(most), which claim \(text)"
    }
}

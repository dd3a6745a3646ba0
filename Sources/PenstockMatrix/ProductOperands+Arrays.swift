import CPenstockPlatform

// Products that lie anywhere: each is checked by itself, then against those of other products that
// are nearest to it in memory. That finds all that is shared, except where the ranges of more than
// two products interleave.

extension ProductOperands {
    func checkEach() throws(GemmFault) {
        guard let cArray = batch.cArray else { return try checkAgainstSteps() }
        for i in 0..<batch.count { _ = try footprintOfC(cArray[i], product: i) }
        let first = try footprintOfC(cArray[0], product: 0)
        let results = try AddressList(cArray, batch.count)
        if c.overlapsItself(rows: m, columns: n) || results.neighboursMeet(first) {
            throw .overlapsItself
        }
        try forEachRead { (operand) throws(GemmFault) in
            try operand.checkSteps(batch.count)
            for i in 0..<batch.count {
                let read = try operand.footprint(product: i)
                let own = first.moved(to: UInt(bitPattern: cArray[i]))
                if read.meets(own) || (!operand.isShared && results.neighbours(of: read, first)) {
                    throw .product(i, .overlapsC(operand.argument))
                }
            }
        }
    }

    /// A or B come by pointers, C by steps.
    private func checkAgainstSteps() throws(GemmFault) {
        let whole = try footprintOfC()
        try forEachRead { (operand) throws(GemmFault) in
            if operand.array == nil {
                if try operand.footprint(batch.count).meets(whole) {
                    throw .overlapsC(operand.argument)
                }
                return
            }
            for i in 0..<batch.count where try operand.footprint(product: i).meets(whole) {
                throw .product(i, .overlapsC(operand.argument))
            }
        }
    }

    private func footprintOfC(
        _ base: UnsafeMutableRawPointer?, product: Int
    ) throws(GemmFault) -> Footprint {
        var c = c
        c.base = UnsafeRawPointer(base)
        do throws(GemmFault) {
            return try Footprint(c, rows: m, columns: n, size: cSize, as: .c)
        } catch {
            throw .product(product, error)
        }
    }
}

extension ProductOperands.Read {
    fileprivate var isShared: Bool { step == 0 && array == nil }

    /// Without an array: that all products are inside the address space.
    fileprivate func checkSteps(_ count: Int) throws(GemmFault) {
        if array == nil { _ = try footprint(count) }
    }

    /// Of one product of a batch whose steps are checked.
    fileprivate func footprint(product i: Int) throws(GemmFault) -> Footprint {
        var matrix = matrix
        matrix.base = array.map { $0[i] } ?? matrix.base.map { $0 + i * step }
        do throws(GemmFault) {
            return try Footprint(matrix, rows: rows, columns: columns, size: size, as: argument)
        } catch {
            throw .product(i, error)
        }
    }
}

/// Addresses of equal matrices, ascending.
private struct AddressList: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let addresses: UnsafeMutableBufferPointer<UInt>

    init(_ array: UnsafePointer<UnsafeMutableRawPointer?>, _ count: Int) throws(GemmFault) {
        guard let memory = pstp_alloc(count, MemoryLayout<UInt>.stride, 16) else {
            throw .outOfMemory
        }
        self.memory = memory
        let first = memory.bindMemory(to: UInt.self, capacity: count)
        var addresses = UnsafeMutableBufferPointer(start: first, count: count)
        var isAscending = true
        for i in 0..<count {
            addresses[i] = UInt(bitPattern: array[i])
            if i > 0 && addresses[i] < addresses[i - 1] { isAscending = false }
        }
        if !isAscending { addresses.sort() }
        self.addresses = addresses
    }

    deinit { pstp_free(memory, addresses.count, MemoryLayout<UInt>.stride) }

    /// Whether two that follow each other share an element; `one` is any of the matrices.
    func neighboursMeet(_ one: Footprint) -> Bool {
        for i in 1..<addresses.count
        where one.moved(to: addresses[i - 1]).meets(one.moved(to: addresses[i])) {
            return true
        }
        return false
    }

    /// Whether the nearest below or above share an element with the operand.
    func neighbours(of operand: Footprint, _ one: Footprint) -> Bool {
        var (below, above) = (0, addresses.count)
        // The usual case: results have memory of their own.
        if operand.high <= one.moved(to: addresses[0]).low
            || operand.low >= one.moved(to: addresses[above - 1]).high
        {
            return false
        }
        while below < above {
            let middle = (below + above) / 2
            if one.moved(to: addresses[middle]).low <= operand.low {
                below = middle + 1
            } else {
                above = middle
            }
        }
        for i in [above - 1, above] where addresses.indices.contains(i) {
            if operand.meets(one.moved(to: addresses[i])) { return true }
        }
        return false
    }
}

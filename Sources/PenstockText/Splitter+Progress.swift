import CPenstockText

extension Splitter {
    /// How far one replica is in its block. Plain memory, with the positions of the last scan
    /// behind it.
    struct Progress {
        let positions: UnsafeMutablePointer<UInt32>
        var inBlock = false
        private var data: UnsafePointer<UInt8>
        private var size = 0
        private var owner: UnsafeMutableRawPointer?
        private var release: Bytes.Release?

        /// Bytes of the block that have been scanned, and where the last scan began.
        private var scanned = 0
        private var base = 0
        /// Positions of the last scan, and how many of them are used.
        private var count = 0
        private var used = 0
        /// Words: the scan has ended inside of one.
        private var scanIsInside = false
        /// Words: one has begun whose end is still to come.
        private var isOpen = false
        /// Where the piece in hand begins.
        private var start = 0

        static let bytes =
            MemoryLayout<Progress>.stride
            + (Splitter.scanBytes + Int(PSTX_SLACK)) * MemoryLayout<UInt32>.stride

        init(at memory: UnsafeMutableRawPointer) {
            positions = (memory + MemoryLayout<Progress>.stride)
                .bindMemory(to: UInt32.self, capacity: Splitter.scanBytes + Int(PSTX_SLACK))
            data = UnsafeRawPointer(memory).assumingMemoryBound(to: UInt8.self)
        }

        mutating func begin(_ block: Bytes) {
            inBlock = true
            // Of an empty block the pointer may be NULL; it is not used.
            if let bytes = block.data { data = bytes.assumingMemoryBound(to: UInt8.self) }
            size = block.size
            owner = block.owner
            release = block.release
            scanned = 0
            base = 0
            count = 0
            used = 0
            scanIsInside = false
            isOpen = false
            start = 0
        }

        @inline(__always)
        private func piece(_ from: Int, _ to: Int) -> Bytes {
            Bytes(
                data: UnsafeRawPointer(data + from), size: to &- from, owner: owner,
                release: release)
        }

        private mutating func scanNext() -> (UnsafePointer<UInt8>, Int) {
            base = scanned
            let bytes = min(Splitter.scanBytes, size &- scanned)
            scanned &+= bytes
            used = 0
            return (data + base, bytes)
        }

        /// Each writes at most `most` pieces and returns how many; less than that at the block's
        /// end.
        mutating func words(
            _ out: UnsafeMutablePointer<Bytes>, _ most: Int, _ scanner: UnsafePointer<pstx_scanner>
        ) -> Int {
            var made = 0
            while made < most {
                if used == count {
                    if scanned < size {
                        let (from, bytes) = scanNext()
                        count = scanner.pointee.edges(from, bytes, &scanIsInside, positions)
                        continue
                    }
                    if !isOpen { break }
                    isOpen = false
                    out[made] = piece(start, size)
                    return made &+ 1
                }
                if isOpen {
                    isOpen = false
                    out[made] = piece(start, base &+ Int(positions[used]))
                    made &+= 1
                    used &+= 1
                }
                let pairs = min((count &- used) >> 1, most &- made)
                let from = positions + used
                for i in 0..<pairs {
                    out[made &+ i] = piece(
                        base &+ Int(from[2 &* i]), base &+ Int(from[2 &* i &+ 1]))
                }
                made &+= pairs
                used &+= 2 &* pairs
                if count &- used == 1 {
                    isOpen = true
                    start = base &+ Int(positions[used])
                    used &+= 1
                }
            }
            return made
        }

        mutating func pieces(
            _ out: UnsafeMutablePointer<Bytes>, _ most: Int, _ byte: UInt8,
            isLine: Bool, _ scanner: UnsafePointer<pstx_scanner>
        ) -> Int {
            var made = 0
            while made < most {
                if used == count {
                    if scanned < size {
                        let (from, bytes) = scanNext()
                        count = scanner.pointee.bytes(from, bytes, byte, positions)
                        continue
                    }
                    if start == size { break }
                    out[made] = piece(start, size)
                    start = size
                    return made &+ 1
                }
                let end = base &+ Int(positions[used])
                used &+= 1
                let isReturn = isLine && end > start && data[end &- 1] == 13
                out[made] = piece(start, isReturn ? end &- 1 : end)
                made &+= 1
                start = end &+ 1
            }
            return made
        }

        mutating func records(
            _ out: UnsafeMutablePointer<Bytes>, _ most: Int, _ bytes: Int
        ) -> Int {
            let made = min(most, (size &- start) / bytes)
            for i in 0..<made {
                let from = start &+ i &* bytes
                out[i] = piece(from, from &+ bytes)
            }
            start &+= made &* bytes
            return made
        }
    }
}

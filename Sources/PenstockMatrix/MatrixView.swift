/// A matrix to read: element (i, j) lies at `base[i * rowStride + j * columnStride]`.
///
/// A transpose is an exchange of the strides. A stride may be zero (the same row or column again)
/// or negative (`base` is then not the lowest address). The sizes come with the call.
package struct MatrixView<Element> {
    package var base: UnsafePointer<Element>?
    package var rowStride: Int
    package var columnStride: Int

    package init(_ base: UnsafePointer<Element>?, rowStride: Int, columnStride: Int) {
        self.base = base
        self.rowStride = rowStride
        self.columnStride = columnStride
    }

    /// Rows are contiguous and `leading` elements apart.
    package static func rowMajor(_ base: UnsafePointer<Element>?, leading: Int) -> Self {
        Self(base, rowStride: leading, columnStride: 1)
    }

    /// Columns are contiguous and `leading` elements apart.
    package static func columnMajor(_ base: UnsafePointer<Element>?, leading: Int) -> Self {
        Self(base, rowStride: 1, columnStride: leading)
    }

    package var transposed: Self {
        Self(base, rowStride: columnStride, columnStride: rowStride)
    }

    var raw: RawMatrix {
        RawMatrix(base: UnsafeRawPointer(base), rowStride: rowStride, columnStride: columnStride)
    }
}

/// A matrix to write. No two of its positions may be the same element.
package struct MutableMatrixView<Element> {
    package var base: UnsafeMutablePointer<Element>?
    package var rowStride: Int
    package var columnStride: Int

    package init(_ base: UnsafeMutablePointer<Element>?, rowStride: Int, columnStride: Int) {
        self.base = base
        self.rowStride = rowStride
        self.columnStride = columnStride
    }

    package static func rowMajor(_ base: UnsafeMutablePointer<Element>?, leading: Int) -> Self {
        Self(base, rowStride: leading, columnStride: 1)
    }

    package static func columnMajor(_ base: UnsafeMutablePointer<Element>?, leading: Int) -> Self {
        Self(base, rowStride: 1, columnStride: leading)
    }

    var raw: RawMatrix {
        RawMatrix(base: UnsafeRawPointer(base), rowStride: rowStride, columnStride: columnStride)
    }
}

/// A view without its element type. The loops work on bytes, so f32 and f64 are one code.
package struct RawMatrix {
    var base: UnsafeRawPointer?
    /// In elements.
    var rowStride: Int
    var columnStride: Int

    package init(base: UnsafeRawPointer? = nil, rowStride: Int = 0, columnStride: Int = 0) {
        self.base = base
        self.rowStride = rowStride
        self.columnStride = columnStride
    }

    /// The address of element (row, column) of `size` bytes; the base is not NULL.
    func at(_ row: Int, _ column: Int, _ size: Int) -> UnsafeRawPointer {
        base.unsafelyUnwrapped + (row * rowStride + column * columnStride) * size
    }

    var transposed: RawMatrix {
        RawMatrix(base: base, rowStride: columnStride, columnStride: rowStride)
    }

    /// A dimension of one element has no stride worth the name; 1 is the one that helps.
    func normalized(rows: Int, columns: Int) -> RawMatrix {
        RawMatrix(
            base: base, rowStride: rows > 1 ? rowStride : 1,
            columnStride: columns > 1 ? columnStride : 1)
    }
}

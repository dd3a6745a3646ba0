// The shapes of callbacks, as in penstock.h section 5; statuses are raw values of `Status`. The
// first argument is the context: a pointer to the replica's `Step`.

package typealias Context = UnsafeMutableRawPointer

package typealias SourceFunction =
    @convention(c) (
        Context?, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?
    ) -> Int32
package typealias MapFunction =
    @convention(c) (Context?, UnsafeRawPointer?, UnsafeMutableRawPointer?, Int) -> Int32
package typealias FilterFunction =
    @convention(c) (Context?, UnsafeRawPointer?, UnsafeMutablePointer<Bool>?, Int) -> Int32
package typealias ProcessFunction = @convention(c) (Context?, UnsafeRawPointer?, Int) -> Int32
package typealias FoldFunction =
    @convention(c) (Context?, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Int32
package typealias SinkFunction = @convention(c) (Context?, UnsafeRawPointer?, Int) -> Int32
package typealias SetupFunction = @convention(c) (Context?) -> Int32
package typealias TeardownFunction = @convention(c) (Context?) -> Void
package typealias FinishFunction = @convention(c) (Context?) -> Int32
package typealias KeyFunction =
    @convention(c) (
        UnsafeRawPointer?, UnsafeMutablePointer<UInt64>?, Int, UnsafeMutableRawPointer?
    ) -> Void
package typealias CompareFunction =
    @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeMutableRawPointer?) -> Int32

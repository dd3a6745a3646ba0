/// Why there is no such operator.
package enum OperatorFault: Error, Equatable {
    case outOfMemory
    /// A sentence that names the argument.
    case invalid(String)

    package var text: String {
        switch self {
        case .outOfMemory: "no memory for the operator's constants"
        case .invalid(let text): text
        }
    }
}

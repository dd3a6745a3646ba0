internal import CHwloc

extension Machine {
    /// Of the hwloc that is loaded, as "2.8": the version of its interface.
    package static var hwlocVersion: String {
        let version = hwloc_get_api_version()
        return "\(version >> 16).\(version >> 8 & 0xff)"
    }
}

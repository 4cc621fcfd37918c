import Foundation

#if os(Linux)
  public typealias LimitedResource = __rlimit_resource
#else
  public typealias LimitedResource = CInt
#endif

/// Limits what this process, which is a test's child, may use.
public func limit(_ resource: LimitedResource, to bytes: Int) {
  var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
  #if os(Linux)
    let status = setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
  #else
    let status = setrlimit(resource, &limit)
  #endif
  precondition(status == 0, "the limit cannot be set")
}

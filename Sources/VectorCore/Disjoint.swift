/// A buffer that concurrent chunks write, each in places of its own.
///
/// The one place that vouches for it: whoever makes one makes sure that no two threads touch the same element.
public struct Disjoint<Element>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>?

  /// - Parameter buffer: outlives every use.
  public init(_ buffer: UnsafeMutableBufferPointer<Element>) { base = buffer.baseAddress }

  @inlinable
  public subscript(index: Int) -> Element {
    get { base.unsafelyUnwrapped[index] }
    nonmutating set { base.unsafelyUnwrapped[index] = newValue }
  }

  /// The address of element `index`.
  @inlinable
  public func address(_ index: Int) -> UnsafeMutablePointer<Element> { base.unsafelyUnwrapped + index }
}

/// Memory that concurrent chunks only read.
public struct Shared<Element>: @unchecked Sendable {
  public let pointer: UnsafePointer<Element>

  /// - Parameter pointer: outlives every use; nobody writes behind it meanwhile.
  public init(_ pointer: UnsafePointer<Element>) { self.pointer = pointer }
}

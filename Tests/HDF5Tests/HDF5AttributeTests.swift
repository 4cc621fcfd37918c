import HDF5
import Testing

struct HDF5AttributeTests {
  @Test func attributesComeBackAsWritten() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    try writer.setAttribute("distance", .string("angular"))
    try writer.setAttribute("empty", .string(""))
    try writer.setAttribute("dimension", .integer(384))
    try writer.setAttribute("scale", .real(0.25))
    try writer.close()
    let reader = try HDF5File.open(file.path)
    #expect(try reader.attribute("distance") == .string("angular"))
    #expect(try reader.attribute("empty") == .string(""))
    #expect(try reader.attribute("dimension") == .integer(384))
    #expect(try reader.attribute("scale") == .real(0.25))
    #expect(try reader.attribute("point_type") == nil)
  }

  @Test(arguments: [
    ("variable", HDF5Attribute.string("angular")), ("fixed", .string("euclidean")), ("umlaut", .string("größe")),
    ("dimension", .integer(6)), ("small", .integer(200)), ("one_in_a_list", .integer(12)), ("half", .real(0.5)),
  ])
  func h5pyAttributesAreRead(_ name: String, _ value: HDF5Attribute) throws {
    #expect(try HDF5File.open(fixture("layouts.hdf5")).attribute(name) == value)
  }

  @Test(arguments: ["several", "nothing"])
  func onlyOneValueIsAnAttributeHere(_ name: String) throws {
    let file = try HDF5File.open(fixture("layouts.hdf5"))
    #expect(throws: HDF5Error.self) { try file.attribute(name) }
  }

  @Test func wholeNumbersAreReadFromFloatsToo() {
    #expect(HDF5Attribute.real(128).integer == 128)
    #expect(HDF5Attribute.real(128.5).integer == nil)
    #expect(HDF5Attribute.string("128").integer == nil)
    #expect(HDF5Attribute.integer(3).string == nil)
  }
}

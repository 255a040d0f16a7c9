//! Which media type an extension stands for.

/// The media type of an extension in small letters, without its dot.
pub(super) fn media_type(extension: &str) -> Option<&'static str> {
    let of = |table: &[(&str, &'static str)]| {
        let found = table.binary_search_by_key(&extension, |(known, _)| *known);
        found.ok().map(|index| table[index].1)
    };
    of(&DIFFERENT)
        .or_else(|| of(&PYTHON))
        .or_else(|| of(&STANDARD))
        .or_else(|| mime_guess::from_ext(extension).first_raw())
}

/// Where we differ from Python on purpose: RFC 7303 prefers this type of XML, and files of 3GPP are films.
pub(super) const DIFFERENT: [(&str, &str); 5] = [
    ("3g2", "video/3gpp2"),
    ("3gp", "video/3gpp"),
    ("3gpp", "video/3gpp"),
    ("3gpp2", "video/3gpp2"),
    ("xml", "application/xml"),
];

/// Where Python's own table and that of `mime_guess` differ, Python 3.13's, right or wrong: it is what the bucket has.
const PYTHON: [(&str, &str); 35] = [
    ("a", "application/octet-stream"),
    ("aif", "audio/x-aiff"),
    ("aifc", "audio/x-aiff"),
    ("aiff", "audio/x-aiff"),
    ("ass", "audio/aac"),
    ("bat", "text/plain"),
    ("cdf", "application/x-netcdf"),
    ("dll", "application/octet-stream"),
    ("h5", "application/x-hdf5"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ksh", "text/plain"),
    ("loas", "audio/aac"),
    ("m3u", "application/vnd.apple.mpegurl"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("mif", "application/x-mif"),
    ("mjs", "text/javascript"),
    ("o", "application/octet-stream"),
    ("obj", "application/octet-stream"),
    ("opus", "audio/opus"),
    ("pl", "text/plain"),
    ("py", "text/x-python"),
    ("pyc", "application/x-python-code"),
    ("pyo", "application/x-python-code"),
    ("ram", "application/x-pn-realaudio"),
    ("rdf", "application/xml"),
    ("rst", "text/x-rst"),
    ("rtf", "text/rtf"),
    ("sgm", "text/x-sgml"),
    ("sgml", "text/x-sgml"),
    ("srt", "text/plain"),
    ("wav", "audio/x-wav"),
    ("wsdl", "application/xml"),
    ("xlb", "application/vnd.ms-excel"),
    ("xpdl", "application/xml"),
    ("xsl", "application/xml"),
];

/// Types that Python's own table does not have, where that of `mime_guess` is behind IANA's registry or, for source maps,
/// ECMA-426.
const STANDARD: [(&str, &str); 14] = [
    ("cur", "image/vnd.microsoft.icon"),
    ("m2ts", "video/mp2t"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("mts", "video/mp2t"),
    ("otf", "font/otf"),
    ("stl", "model/stl"),
    ("toml", "application/toml"),
    ("ts", "video/mp2t"),
    ("usdz", "model/vnd.usdz+zip"),
    ("woff", "font/woff"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zst", "application/zstd"),
];

//! Flags that say what objects are stored with, each with every kind of key, in one piece and in parts.

use super::case::Edit::Remove;
use super::case::{Case, Step};

const CLASS: &str = "storage-class";
const ENCRYPTION: &str = "encryption";
const CHECKSUM: &str = "checksum-algorithm";

pub(super) const CASES: &[Case] = &[
    Case::new("no flag", ""),
    Case::new("content type", "--content-type text/plain").shows(&[("content-type", "text/plain")]),
    Case::new("content type with a charset", "--content-type 'text/html; charset=utf-8'")
        .shows(&[("content-type", "text/html; charset=utf-8")]),
    Case::new("no guess", "--no-guess-mime-type").shows(&[("content-type", "binary/octet-stream")]),
    Case::new("a type in the place of a guess", "--no-guess-mime-type --content-type a/b")
        .shows(&[("content-type", "a/b")]),
    Case::new("content encoding", "--content-encoding gzip").shows(&[("content-encoding", "gzip")]),
    Case::new("two content encodings", "--content-encoding 'br, gzip'")
        .shows(&[("content-encoding", "br, gzip")]),
    Case::new("content language", "--content-language 'de, en-GB'")
        .shows(&[("content-language", "de, en-GB")]),
    Case::new("content disposition", "--content-disposition 'attachment; filename=\"a b\"'")
        .shows(&[("content-disposition", "attachment; filename=\"a b\"")]),
    Case::new("cache control", "--cache-control 'public, max-age=31536000, immutable'")
        .shows(&[("cache-control", "public, max-age=31536000, immutable")]),
    Case::new("expires in UTC", "--expires 2030-01-02T03:04:05Z")
        .shows(&[("expires", "Wed, 02 Jan 2030 03:04:05 GMT")]),
    Case::new("expires in another zone", "--expires 2030-01-02T05:04:05+02:00")
        .shows(&[("expires", "Wed, 02 Jan 2030 03:04:05 GMT")]),
    Case::new("expires as an HTTP date", "--expires 'Wed, 02 Jan 2030 03:04:05 GMT'")
        .shows(&[("expires", "Wed, 02 Jan 2030 03:04:05 GMT")]),
    Case::new("expires on a day", "--expires 2030-01-02")
        .shows(&[("expires", "Wed, 02 Jan 2030 00:00:00 GMT")]),
    Case::new("expires in seconds", "--expires 1893553445")
        .shows(&[("expires", "Wed, 02 Jan 2030 03:04:05 GMT")]),
    Case::new("metadata", "--metadata owner=web").shows(&[("metadata-owner", "web")]),
    Case::new("metadata with a comma and a blank", "--metadata 'owner=web,note=\"a, b\"'")
        .shows(&[("metadata-owner", "web"), ("metadata-note", "a, b")]),
    Case::new("metadata in JSON", "--metadata '{\"owner\": \"web\", \"note\": \"a=b c\"}'")
        .shows(&[("metadata-owner", "web"), ("metadata-note", "a=b c")]),
    Case::new("website redirect to a path", "--website-redirect /elsewhere")
        .shows(&[("website-redirect", "/elsewhere")]),
    Case::new("website redirect to a site", "--website-redirect https://example.com/a?b=c")
        .shows(&[("website-redirect", "https://example.com/a?b=c")]),
    Case::new("class STANDARD", "--storage-class STANDARD"),
    Case::new("class REDUCED_REDUNDANCY", "--storage-class REDUCED_REDUNDANCY")
        .shows(&[(CLASS, "REDUCED_REDUNDANCY")]),
    Case::new("class STANDARD_IA", "--storage-class STANDARD_IA").shows(&[(CLASS, "STANDARD_IA")]),
    Case::new("class ONEZONE_IA", "--storage-class ONEZONE_IA").shows(&[(CLASS, "ONEZONE_IA")]),
    Case::new("class INTELLIGENT_TIERING", "--storage-class INTELLIGENT_TIERING")
        .shows(&[(CLASS, "INTELLIGENT_TIERING")]),
    Case::new("class GLACIER", "--storage-class GLACIER").shows(&[(CLASS, "GLACIER")]),
    Case::new("class DEEP_ARCHIVE", "--storage-class DEEP_ARCHIVE").shows(&[(CLASS, "DEEP_ARCHIVE")]),
    Case::new("class GLACIER_IR", "--storage-class GLACIER_IR").shows(&[(CLASS, "GLACIER_IR")]),
    Case::new("encryption by default", "--sse").shows(&[(ENCRYPTION, "AES256")]),
    Case::new("encryption with the account's key", "--sse aws:kms").shows(&[(ENCRYPTION, "aws:kms")]),
    Case::new("encryption with a key", "--sse aws:kms --sse-kms-key-id 1234abcd-12ab-34cd-56ef-1234567890ab")
        .shows(&[(ENCRYPTION, "aws:kms"), ("kms-key", "1234abcd-12ab-34cd-56ef-1234567890ab")]),
    // Not a bucket's default with everybody: moto's is none.
    Case::new("encryption by S3", "--sse AES256").shows(&[(ENCRYPTION, "AES256")]),
    Case::new("encryption with a customer's key", "--sse-c --sse-c-key 0123456789abcdef0123456789abcdef")
        .shows(&[("customer-algorithm", "AES256")])
        .not_on_moto("it knows no keys of customers"),
    Case::new("the requester pays", "--request-payer --delete")
        .steps(&[Step(&[], ""), Step(&[Remove("LICENSE")], "")])
        .not_on_moto("nobody pays there"),
    Case::new("the requester pays, by name", "--request-payer requester")
        .of(&["index.html"])
        .not_on_moto("nobody pays there"),
    Case::new("checksum CRC64NVME", "--checksum-algorithm CRC64NVME").shows(&[(CHECKSUM, "CRC64NVME")])
        .not_on_moto("it forgets a checksum that comes in a header without its algorithm"),
    Case::new("checksum CRC32", "--checksum-algorithm CRC32").shows(&[(CHECKSUM, "CRC32")]),
    Case::new("checksum CRC32C", "--checksum-algorithm CRC32C").shows(&[(CHECKSUM, "CRC32C")]),
    Case::new("checksum SHA1", "--checksum-algorithm SHA1").shows(&[(CHECKSUM, "SHA1")]),
    Case::new("checksum SHA256", "--checksum-algorithm SHA256").shows(&[(CHECKSUM, "SHA256")]),
    Case::new("acl private", "--acl private").shows(&[("grants", "owner FULL_CONTROL")]),
    Case::new("acl public-read", "--acl public-read").shows(&[("grants", "AllUsers READ, owner FULL_CONTROL")]),
    Case::new("acl public-read-write", "--acl public-read-write")
        .shows(&[("grants", "AllUsers READ, AllUsers WRITE, owner FULL_CONTROL")])
        .not_on_moto("it knows no public-read-write of objects"),
    Case::new("acl authenticated-read", "--acl authenticated-read")
        .shows(&[("grants", "AuthenticatedUsers READ, owner FULL_CONTROL")]),
    Case::new("acl aws-exec-read", "--acl aws-exec-read").not_on_moto("it lets EC2 read nothing"),
    Case::new("acl bucket-owner-read", "--acl bucket-owner-read").shows(&[("grants", "owner FULL_CONTROL")]),
    Case::new("acl bucket-owner-full-control", "--acl bucket-owner-full-control")
        .shows(&[("grants", "owner FULL_CONTROL")]),
    Case::new("grant of reading", "--grants read=uri=http://acs.amazonaws.com/groups/global/AllUsers")
        .shows(&[("grants", "AllUsers READ")]),
    Case::new("grant of everything", "--grants full=id=79a59df900b949e5").shows(&[("grants", "79a59df900b949e5 FULL_CONTROL")]),
    Case::new("grants of the ACL", "--grants readacl=id=79a59df900b949e5 writeacl=id=0fb1a9d2")
        .shows(&[("grants", "0fb1a9d2 WRITE_ACP, 79a59df900b949e5 READ_ACP")]),
    Case::new("a grant to two", "--grants read=id=79a59df900b949e5,id=0fb1a9d2 full=id=0fb1a9d2")
        .shows(&[("grants", "0fb1a9d2 FULL_CONTROL, 0fb1a9d2 READ, 79a59df900b949e5 READ")])
        .not_on_moto("it keeps one permission for each grantee"),
    Case::new(
        "all at once",
        "--content-type text/plain --content-disposition inline --content-encoding br --content-language de \
         --cache-control no-cache --expires 2030-01-02T03:04:05Z --website-redirect /elsewhere --metadata owner=web \
         --storage-class STANDARD_IA --sse aws:kms --acl public-read",
    )
    .shows(&[
        ("content-type", "text/plain"),
        ("content-disposition", "inline"),
        ("content-encoding", "br"),
        ("content-language", "de"),
        ("cache-control", "no-cache"),
        ("expires", "Wed, 02 Jan 2030 03:04:05 GMT"),
        ("website-redirect", "/elsewhere"),
        ("metadata-owner", "web"),
        (CLASS, "STANDARD_IA"),
        (ENCRYPTION, "aws:kms"),
        ("grants", "AllUsers READ, owner FULL_CONTROL"),
    ]),
];

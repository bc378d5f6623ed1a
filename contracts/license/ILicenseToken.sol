// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title ILicenseModule
/// @notice What a contract that issues licences answers about them.
interface ILicenseModule {
    /// @notice Whether the licence may not move, and whether its holder may use it.
    /// @dev The licence token asks only for licences whose id carries the `ESCROWED` flag. Must not revert.
    function licenseState(uint256 licenseId) external view returns (bool locked, bool usable);

    /// @notice Whether the serial of an id is one of these terms, so that passing the terms proves what the licence
    /// entitles to. Says nothing of whether the licence exists or who issued it: ask {ILicenseToken-licenseInfo} for
    /// the issuer, and the token for the holder.
    function soldUnder(uint256 licenseId, bytes32 termsHash) external view returns (bool);
}

/// @title ILicenseRights
/// @notice What the licence token asks of a rights module: a contract that says who may use a licence.
/// @dev A living deployment freezes both questions.
interface ILicenseRights {
    /// @notice Whether `user` may use the licence, which `owner` holds.
    /// @dev The token asks with all the gas it has, reads one word, and takes anything but 1 for no: a failure, an
    /// answer that is shorter or longer, another number.
    function mayUse(uint256 licenseId, address owner, address user) external view returns (bool);

    /// @notice A licence is about to change hands; to revert is to refuse.
    /// @dev Asked only for licences of a module that was registered as guarded, and only by the licence token; not when
    /// a licence is issued or burned. The token's state is written by then: `ownerOf` is `to`, and `from` held it. The
    /// receiver's hook comes after.
    function beforeTransfer(uint256 licenseId, address from, address to) external;
}

/// @title ILicenseToken
/// @notice ERC-721 licences. A licence remembers, in its id, the version it was sold for, whether it may be
/// transferred, the module that issued it and the rights module that says who may use it; both keep their powers over
/// the licence when no new ones are issued.
/// @dev Trusted: the Authority names the modules. A module can burn only licences that it issued itself, and a rights
/// module decides only about licences that were sold with its index. A module numbers its licences, each with a serial
/// of its own: a count that is kept here too would cost every sale 3,000 gas.
interface ILicenseToken is IERC721 {
    /// @notice A module may (or may no longer) issue licences. Its index is in the id of every licence it issued.
    event ModuleSet(address indexed module, uint32 indexed index, bool minting);

    /// @notice New licences may (or may no longer) name a rights module, by its index. `guarded`: it is asked before
    /// each transfer.
    event RightsSet(address indexed module, uint32 indexed index, bool open, bool guarded);

    /// @notice The caller is not a module that may issue licences.
    error LicenseToken_NotMinter(address caller);
    /// @notice The caller is not the module that issued the licence.
    error LicenseToken_NotIssuer(uint256 licenseId, address caller, address issuer);
    /// @notice The licence was sold to stay with its holder.
    error LicenseToken_Soulbound(uint256 licenseId);
    /// @notice The licence's deal is still open: it moves when the deal is settled.
    error LicenseToken_Locked(uint256 licenseId);
    /// @notice A module must be a contract.
    error LicenseToken_NotAContract(address module);
    /// @notice No rights module that is open to new licences has this index.
    error LicenseToken_RightsClosed(uint32 index);
    /// @notice A draft leaves the bits to zero that the token fills in.
    error LicenseToken_ReservedBits(uint256 draft);
    /// @notice Whether a rights module is guarded was fixed when it got its index.
    error LicenseToken_GuardIsFixed(address module, bool guarded);

    /// @notice Lets a module issue licences, or stops it. Only through the Authority.
    /// @dev
    /// - Reverts with `AccessManagedUnauthorized` for anyone else.
    /// - Reverts with {LicenseToken_NotAContract} when there is no code at `module`.
    ///
    /// Emits {ModuleSet}. Stopping a module touches no licence that it issued.
    function setModule(address module, bool minting) external;

    /// @notice Opens a rights module to new licences, or closes it. Only through the Authority. The first call gives it
    /// its index and fixes whether it is guarded.
    /// @dev
    /// - Reverts with `AccessManagedUnauthorized` for anyone else.
    /// - Reverts with {LicenseToken_NotAContract} when there is no code at `module`, {LicenseToken_GuardIsFixed} when a
    ///   later call says otherwise about the guard.
    ///
    /// Emits {RightsSet}. Closing a module touches no licence: those that name it are used and renewed as before.
    function setRights(address module, bool open, bool guarded) external;

    /// @notice Issues a licence. Only a module that may issue can call.
    /// @dev
    /// - Reverts with {LicenseToken_NotMinter} for anyone else.
    /// - Reverts with {LicenseToken_ReservedBits} when the draft has a bit that the token fills in.
    /// - Reverts with {LicenseToken_RightsClosed} when it names a rights module that is not open.
    /// - Reverts with ERC-6093 `ERC721InvalidReceiver` when `to` is zero, or a contract without the receiver hook.
    /// - Reverts with ERC-6093 `ERC721InvalidSender`, or as a transfer of it would, when a licence has this id.
    ///
    /// Calls the receiver's hook last. Emits `Transfer`; the id in it is the draft with the reserved bits filled in.
    /// @param to Who receives the licence.
    /// @param draft The id without the reserved bits of {LicenseIds}: note, rights, flags, version, serial. A module
    /// never gives a serial again, burned or not.
    function mint(address to, uint256 draft) external returns (uint256 licenseId);

    /// @notice Burns a licence that was refunded. Only the module that issued it may call.
    /// @dev
    /// - Reverts with {LicenseToken_NotIssuer} for anyone else.
    /// - Reverts with ERC-6093 `ERC721NonexistentToken` when it does not exist.
    ///
    /// Emits `Transfer`. Irreversible: no module gives a serial twice.
    function burn(uint256 licenseId) external;

    /// @notice The one call an integrator needs: whether `user` may use the licence now.
    /// @dev False for a licence that does not exist, is not delivered yet or is in dispute. Otherwise, without a rights
    /// module, true for its holder alone; with one, whatever the module says. Does not revert, whatever the modules do:
    /// one that fails or answers anything but one word of 1 says no. One that burns all of the gas leaves a 64th of it
    /// for the answer: no, or no answer, never yes.
    function isAuthorized(uint256 licenseId, address user) external view returns (bool);

    /// @notice Whether a licence covers a version: the one it was sold for, and later ones of the same model when it
    /// includes updates. Says nothing of who holds it: ask `isAuthorized` too.
    function covers(uint256 licenseId, uint64 versionId) external view returns (bool);

    /// @notice What a licence's id says: the version it was sold for, its flags ({LicenseIds}), who issued it, which
    /// rights module says who may use it (zero: its holder may), and the issuing module's note.
    function licenseInfo(
        uint256 licenseId
    )
        external
        view
        returns (
            uint64 versionId,
            bool transferable,
            bool escrowed,
            bool updates,
            address module,
            address rights,
            uint56 note
        );

    /// @notice Who holds a licence, whether it may not move now, and whether its deal lets it be used; (zero, true,
    /// false) for an unknown one.
    /// @dev Says nothing of the rights module. Reverts when the issuing module does.
    function stateOf(uint256 licenseId) external view returns (address owner, bool locked, bool usable);

    /// @notice The id that `mint` would give a draft of `issuer`, and the rights module that it names; zero when it
    /// names none. Whether the module is open is not asked.
    /// @dev Reverts with {LicenseToken_ReservedBits}, and with {LicenseToken_RightsClosed} for an index that no module
    /// has.
    function resolve(address issuer, uint256 draft) external view returns (uint256 licenseId, address rights);

    /// @notice The rights module with this index, which is open to new licences.
    /// @dev Reverts with {LicenseToken_RightsClosed}.
    function openRights(uint32 index) external view returns (address module);

    /// @notice The rights module with this index; all zero when there is none.
    function rightsAt(uint32 index) external view returns (address module, bool open, bool guarded);

    /// @notice Index of a rights module, whether it is open to new licences and whether it is guarded; all zero for a
    /// stranger.
    function rightsInfo(address module) external view returns (uint32 index, bool open, bool guarded);

    /// @notice Index and right to issue of a module; the index is 0 for a stranger.
    function moduleInfo(address module) external view returns (uint32 index, bool minting);
}

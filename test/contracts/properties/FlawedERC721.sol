// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";

/// @title FlawedERC721
/// @notice A collection with one flaw: flaw n breaks the n-th published property of ERC-721, and flaws 20 to 22 those of a soulbound
/// token. 0 means no flaw.
/// @dev Anyone may mint: the tests of the properties are its only users.
contract FlawedERC721 is IERC721 {
    uint256 private immutable FLAW;
    bool private immutable BOUND;
    address private immutable ISSUER = msg.sender;

    uint256 private _lastId;
    mapping(uint256 id => address) private _owners;
    mapping(uint256 id => address) private _lastOwners;
    mapping(uint256 id => address) private _approved;
    mapping(address owner => uint256) private _balances;
    mapping(address owner => mapping(address operator => bool)) public isApprovedForAll;

    error FlawedERC721_ZeroAddress();
    error FlawedERC721_NoToken(uint256 id);
    error FlawedERC721_NotAllowed(address caller, uint256 id);
    error FlawedERC721_Bound(uint256 id);

    constructor(uint256 flaw, bool bound) {
        FLAW = flaw;
        BOUND = bound;
    }

    function mint(address to) external returns (uint256 id) {
        id = FLAW == 19 && _lastId > 0 ? _lastId : ++_lastId;
        _owners[id] = to;
        _balances[to] += FLAW == 18 ? 2 : 1;
        emit Transfer(address(0), to, id);
    }

    function burn(uint256 id) external {
        address owner = _owners[id];
        require(owner != address(0), FlawedERC721_NoToken(id));
        require(msg.sender == ISSUER || (FLAW == 21 && msg.sender == owner), FlawedERC721_NotAllowed(msg.sender, id));
        if (FLAW != 22) delete _owners[id];
        if (FLAW != 16) delete _approved[id];
        _lastOwners[id] = owner;
        if (FLAW != 12) --_balances[owner];
        emit Transfer(owner, address(0), id);
    }

    function approve(address to, uint256 id) external {
        address owner = _owners[id];
        if (FLAW == 15 && owner == address(0)) owner = _lastOwners[id];
        require(owner != address(0) || FLAW == 3, FlawedERC721_NoToken(id));
        require(
            msg.sender == owner || isApprovedForAll[owner][msg.sender] || FLAW == 3,
            FlawedERC721_NotAllowed(msg.sender, id)
        );
        _approved[id] = to;
        emit Approval(owner, to, id);
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function transferFrom(address from, address to, uint256 id) external {
        require(!BOUND, FlawedERC721_Bound(id));
        _move(from, to, id);
    }

    function safeTransferFrom(address from, address to, uint256 id) external {
        _moveSafely(from, to, id, "");
    }

    function safeTransferFrom(address from, address to, uint256 id, bytes calldata data) external {
        _moveSafely(from, to, id, data);
    }

    function balanceOf(address owner) external view returns (uint256) {
        require(owner != address(0) || FLAW == 1, FlawedERC721_ZeroAddress());
        return _balances[owner];
    }

    function ownerOf(uint256 id) external view returns (address owner) {
        owner = _owners[id];
        if (FLAW == 17 && owner == address(0)) owner = _lastOwners[id];
        require(owner != address(0) || FLAW == 2, FlawedERC721_NoToken(id));
    }

    function getApproved(uint256 id) external view returns (address) {
        require(_owners[id] != address(0) || (FLAW == 16 && _lastOwners[id] != address(0)), FlawedERC721_NoToken(id));
        return _approved[id];
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC721).interfaceId;
    }

    function _moveSafely(address from, address to, uint256 id, bytes memory data) private {
        require(!BOUND || FLAW == 20, FlawedERC721_Bound(id));
        _move(from, to, id);
        if (FLAW != 11) ERC721Utils.checkOnERC721Received(msg.sender, from, to, id, data);
    }

    function _move(address from, address to, uint256 id) private {
        address owner = _owners[id];
        if (FLAW == 13 && owner == address(0)) owner = _lastOwners[id];
        require(owner != address(0) || FLAW == 14, FlawedERC721_NoToken(id));
        require(owner == from || FLAW == 7, FlawedERC721_NotAllowed(from, id));
        require(to != address(0) || FLAW == 8, FlawedERC721_ZeroAddress());
        bool allowed = msg.sender == owner || msg.sender == _approved[id] || isApprovedForAll[owner][msg.sender];
        require(allowed || FLAW == 4 || (FLAW == 14 && owner == address(0)), FlawedERC721_NotAllowed(msg.sender, id));

        bool keepsApproval = (FLAW == 5 && from != to) || (FLAW == 10 && from == to);
        if (!keepsApproval) delete _approved[id];
        _owners[id] = to;
        // what a flaw takes away may not be there
        unchecked {
            if (FLAW != 9 || from != to) --_balances[from];
            if (FLAW != 6) ++_balances[to];
        }
        emit Transfer(from, to, id);
    }
}

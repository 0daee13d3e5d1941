-- Une fois, par l'administrateur du serveur PostgreSQL, dans la base « postgres » :
--   psql -f postgresql-comptes.sql postgres
-- puis donner à chacun son mot de passe :  \password ptce_owner   et   \password ptce_app

-- Possède les tables : sert aux mises à jour et aux restaurations seulement.
CREATE ROLE ptce_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
-- L'application : lit et écrit, ne possède rien.
CREATE ROLE ptce_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;

CREATE DATABASE ptce OWNER ptce_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE ptce FROM PUBLIC;
GRANT CONNECT ON DATABASE ptce TO ptce_app;
